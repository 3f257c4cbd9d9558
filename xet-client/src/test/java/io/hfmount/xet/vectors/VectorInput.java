package io.hfmount.xet.vectors;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import tools.jackson.databind.JsonNode;

/** Makes the bytes that a vector file describes instead of storing them. */
public final class VectorInput {
    private static final byte[] ALPHABET = "abcdefghijklmnopqrstuvwxyz ,.\n'-".getBytes(StandardCharsets.US_ASCII);

    private VectorInput() {}

    /** The bytes of an input object. */
    public static byte[] bytes(JsonNode input) {
        String kind = input.get("kind").asString();
        return switch (kind) {
            case "empty" -> new byte[0];
            case "hex" -> HexFormat.of().parseHex(input.get("hex").asString());
            case "const" -> constant(input.get("byte").asInt(), length(input));
            case "random" -> random(seed(input), length(input));
            case "text" -> text(seed(input), length(input));
            case "counter32" -> counter32(input.get("start").asLong(), length(input));
            case "float32" -> float32(seed(input), length(input));
            case "repeat" -> repeat(bytes(input.get("block")), length(input));
            case "concat" -> concat(input.get("parts"));
            case "slice" ->
                Arrays.copyOfRange(
                        bytes(input.get("base")),
                        input.get("start").asInt(),
                        input.get("end").asInt());
            case "edit" -> edit(bytes(input.get("base")), input.get("edits"));
            default -> throw new IllegalArgumentException("unknown input kind " + kind);
        };
    }

    /** {@code base} with a list of {@code {start, end, data}} replacements in its own coordinates. */
    public static byte[] edit(byte[] base, JsonNode edits) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(base.length);
        int at = 0;
        for (JsonNode edit : edits) {
            int start = edit.get("start").asInt();
            out.write(base, at, start - at);
            out.writeBytes(bytes(edit.get("data")));
            at = edit.get("end").asInt();
        }
        out.write(base, at, base.length - at);
        return out.toByteArray();
    }

    /** The splitmix64 stream, little-endian. */
    public static byte[] random(long seed, int length) {
        SplitMix64 stream = new SplitMix64(seed);
        byte[] out = new byte[length];
        for (int at = 0; at < length; at += 8) {
            putLittleEndian(out, at, stream.next(), 8);
        }
        return out;
    }

    /** Pseudo-text of a 32-letter alphabet. */
    public static byte[] text(long seed, int length) {
        byte[] out = random(seed, length);
        for (int i = 0; i < length; i++) {
            out[i] = ALPHABET[out[i] & 31];
        }
        return out;
    }

    /** Numbers of 32 bits that look like floats between 2^-7 and 2. */
    public static byte[] float32(long seed, int length) {
        SplitMix64 stream = new SplitMix64(seed);
        byte[] out = new byte[length];
        for (int at = 0; at < length; at += 4) {
            long x = stream.next();
            putLittleEndian(out, at, (x & 0x3FFFFF) | ((0x3c | ((x >>> 32) & 3)) << 24), 4);
        }
        return out;
    }

    private static byte[] counter32(long start, int length) {
        byte[] out = new byte[length];
        for (int at = 0; at < length; at += 4) {
            putLittleEndian(out, at, start + at / 4, 4);
        }
        return out;
    }

    private static byte[] constant(int value, int length) {
        byte[] out = new byte[length];
        Arrays.fill(out, (byte) value);
        return out;
    }

    private static byte[] repeat(byte[] block, int length) {
        byte[] out = new byte[length];
        for (int i = 0; i < length; i++) {
            out[i] = block[i % block.length];
        }
        return out;
    }

    private static byte[] concat(JsonNode parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (JsonNode part : parts) {
            out.writeBytes(bytes(part));
        }
        return out.toByteArray();
    }

    private static void putLittleEndian(byte[] out, int at, long value, int width) {
        for (int i = 0; i < width && at + i < out.length; i++) {
            out[at + i] = (byte) (value >>> (8 * i));
        }
    }

    private static int length(JsonNode input) {
        return input.get("len").asInt();
    }

    private static long seed(JsonNode input) {
        return input.get("seed").asLong();
    }
}
