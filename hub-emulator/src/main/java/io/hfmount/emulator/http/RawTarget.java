package io.hfmount.emulator.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A request target, split before decoding and decoded once (hub-api §1.4). Immutable.
 *
 * @param path raw path, starting with a slash
 * @param query decoded parameters in order of appearance; a repeated name keeps all values
 */
public record RawTarget(String path, Map<String, List<String>> query) {

    /**
     * Parses the target of a request line.
     *
     * @throws RefusedException 400 for a malformed escape or a path that does not start with a slash
     */
    static RawTarget parse(String target) {
        String rest = target;
        int scheme = rest.indexOf("://");
        if (!rest.startsWith("/") && scheme > 0) { // absolute form, RFC 9112 §3.2.2
            int slash = rest.indexOf('/', scheme + 3);
            rest = slash < 0 ? "/" : rest.substring(slash);
        }
        int question = rest.indexOf('?');
        String path = question < 0 ? rest : rest.substring(0, question);
        if (!path.startsWith("/")) {
            throw RefusedException.badRequest("the request target must start with '/'");
        }
        return new RawTarget(path, question < 0 ? Map.of() : form(rest.substring(question + 1)));
    }

    /**
     * Decodes {@code a=1&b=2}, the form of a query and of a body; here {@code +} is a space.
     *
     * @throws RefusedException 400 for a malformed escape
     */
    public static Map<String, List<String>> form(String text) {
        Map<String, List<String>> fields = new LinkedHashMap<>();
        for (String pair : text.split("&")) {
            if (!pair.isEmpty()) {
                int equals = pair.indexOf('=');
                String name = equals < 0 ? pair : pair.substring(0, equals);
                String value = equals < 0 ? "" : pair.substring(equals + 1);
                fields.computeIfAbsent(decode(name.replace('+', ' ')), n -> new ArrayList<>())
                        .add(decode(value.replace('+', ' ')));
            }
        }
        return fields;
    }

    /**
     * Decodes percent escapes once; {@code +} stays a plus sign.
     *
     * @throws RefusedException 400 for a malformed escape or bytes that are not UTF-8
     */
    public static String decode(String raw) {
        if (raw.indexOf('%') < 0) {
            return raw;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(raw.length());
        int i = 0;
        while (i < raw.length()) {
            char c = raw.charAt(i);
            if (c == '%') {
                int high = i + 2 < raw.length() ? Character.digit(raw.charAt(i + 1), 16) : -1;
                int low = i + 2 < raw.length() ? Character.digit(raw.charAt(i + 2), 16) : -1;
                if (high < 0 || low < 0) {
                    throw RefusedException.badRequest("malformed percent escape in the request target");
                }
                bytes.write(high << 4 | low);
                i += 3;
            } else {
                int codePoint = raw.codePointAt(i);
                bytes.writeBytes(Character.toString(codePoint).getBytes(StandardCharsets.UTF_8));
                i += Character.charCount(codePoint);
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw RefusedException.badRequest("the request target is not UTF-8");
        }
    }
}
