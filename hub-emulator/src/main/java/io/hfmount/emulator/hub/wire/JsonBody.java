package io.hfmount.emulator.hub.wire;

import io.hfmount.emulator.http.Json;
import io.hfmount.emulator.http.RefusedException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Fields of a JSON body, refused with 400 when they are not of their type. */
public final class JsonBody {
    /** Largest body of a call that carries a few fields. */
    public static final int MAX_BYTES = 64 * 1024;

    private JsonBody() {}

    /** The object of a body; an empty body is an empty object. */
    public static JsonNode object(byte[] body) {
        JsonNode json = body.length == 0 ? Json.mapper().createObjectNode() : Json.parse(body);
        if (!json.isObject()) {
            throw RefusedException.badRequest("the body must be a JSON object");
        }
        return json;
    }

    /** A text, or null when it is absent. */
    public static @Nullable String text(JsonNode json, String name) {
        JsonNode value = json.get(name);
        if (value == null || value.isNull()) {
            return null;
        }
        if (!value.isString()) {
            throw RefusedException.badRequest(name + " must be a string");
        }
        return value.asString();
    }

    /** A text that must be there. */
    public static String required(JsonNode json, String name) {
        String text = text(json, name);
        if (text == null || text.isEmpty()) {
            throw RefusedException.badRequest(name + " is missing");
        }
        return text;
    }

    /** What {@code private} or {@code visibility} say, or null when both are absent. */
    public static @Nullable Boolean isPrivate(JsonNode json) {
        JsonNode flag = json.get("private");
        if (flag != null && !flag.isNull()) {
            if (!flag.isBoolean()) {
                throw RefusedException.badRequest("private must be true or false");
            }
            return flag.booleanValue();
        }
        String visibility = text(json, "visibility");
        return switch (visibility) {
            case null -> null;
            case "private" -> Boolean.TRUE;
            case "public" -> Boolean.FALSE;
            default -> throw RefusedException.badRequest("visibility must be public or private");
        };
    }
}
