package io.hfmount.hub.http;

import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** What an error answer says (hub-api §1.2), cut and made printable. */
final class ErrorText {
    private static final int LONGEST = 500;

    private ErrorText() {}

    static String of(HttpHeaders headers, byte[] body) {
        String text = ofBody(body);
        if (text == null) {
            text = headers.get("X-Error-Message");
        }
        String code = headers.get("X-Error-Code");
        String all = (text == null ? "" : text) + (code == null ? "" : " (" + code + ")");
        return printable(all.strip());
    }

    /** Cuts and replaces control characters, so that a server cannot forge log lines. */
    static String printable(String text) {
        String cut = text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
        return cut.replaceAll("\\p{Cntrl}", " ");
    }

    private static @Nullable String ofBody(byte[] body) {
        if (body.length == 0) {
            return null;
        }
        try {
            JsonNode root = HubJson.parse(body);
            JsonNode error = root.path("error");
            if (error.isString()) {
                return error.stringValue();
            }
            if (error.isArray()) {
                return joined(error);
            }
            JsonNode errors = root.path("errors");
            return errors.isArray() ? joined(errors) : null;
        } catch (JacksonException e) {
            return null;
        }
    }

    private static @Nullable String joined(JsonNode list) {
        StringBuilder all = new StringBuilder();
        for (JsonNode item : list) {
            JsonNode text = item.isString() ? item : item.path("message");
            if (text.isString() && all.length() <= LONGEST) {
                all.append(all.isEmpty() ? "" : "; ").append(text.stringValue());
            }
        }
        return all.isEmpty() ? null : all.toString();
    }
}
