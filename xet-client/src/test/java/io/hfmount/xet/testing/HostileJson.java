package io.hfmount.xet.testing;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Makes JSON into what a broken or hostile server might send instead. */
public final class HostileJson {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String[] VALUES = {
        "null",
        "true",
        "\"\"",
        "\"x\"",
        "[]",
        "{}",
        "[null]",
        "[[],[]]",
        "{\"start\":1}",
        "-1",
        "0",
        "1",
        "7",
        "1.5",
        "1e3",
        "-0.0",
        "1e400",
        "2147483647",
        "2147483648",
        "-2147483649",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "4611686018427387904",
        "999999999999999999999999999999999999",
        "\"" + "0".repeat(64) + "\"",
        "\"" + "f".repeat(64) + "\"",
        "\"" + "a".repeat(63) + "\"",
        "\"\\u0000\\ud800\"",
        "[".repeat(100) + "]".repeat(100)
    };

    private HostileJson() {}

    /** {@code json}, changed in one to four ways. */
    public static byte[] of(String json, Random random) {
        JsonNode tree = JSON.readTree(json);
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            change(tree, random);
        }
        byte[] bytes = JSON.writeValueAsBytes(tree);
        return switch (random.nextInt(8)) {
            case 0 -> Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
            case 1 -> flipped(bytes, random);
            case 2 -> noise(random);
            default -> bytes;
        };
    }

    private static byte[] flipped(byte[] bytes, Random random) {
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return bytes;
    }

    private static byte[] noise(Random random) {
        byte[] bytes = new byte[random.nextInt(200)];
        random.nextBytes(bytes);
        if (random.nextBoolean()) {
            return bytes;
        }
        String digits = "{\"fileSize\":" + "9".repeat(1 + random.nextInt(3_000)) + "}";
        return digits.getBytes(StandardCharsets.UTF_8);
    }

    private static void change(JsonNode tree, Random random) {
        List<JsonNode> containers = new ArrayList<>();
        collect(tree, containers);
        if (containers.isEmpty()) {
            return;
        }
        JsonNode where = containers.get(random.nextInt(containers.size()));
        JsonNode value = JSON.readTree(VALUES[random.nextInt(VALUES.length)]);
        if (where instanceof ObjectNode object) {
            List<String> names = List.copyOf(object.propertyNames());
            String name = names.get(random.nextInt(names.size()));
            switch (random.nextInt(4)) {
                case 0 -> object.remove(name);
                case 1 -> object.set("unknown" + random.nextInt(3), value);
                case 2 -> object.set(name, near(object.get(name), random));
                default -> object.set(name, value);
            }
        } else if (where instanceof ArrayNode array) {
            int at = random.nextInt(array.size());
            int other = random.nextInt(array.size());
            switch (random.nextInt(6)) {
                case 0 -> array.remove(at);
                case 1 -> array.insert(at, array.get(other));
                case 2 -> {
                    JsonNode swapped = array.get(at);
                    array.set(at, array.get(other));
                    array.set(other, swapped);
                }
                case 3 -> array.set(at, near(array.get(at), random));
                case 4 -> array.insert(at, value);
                default -> array.set(at, value);
            }
        }
    }

    /** A number that differs a little; everything else stays. */
    private static JsonNode near(JsonNode value, Random random) {
        return value.isIntegralNumber() && value.canConvertToLong()
                ? JSON.getNodeFactory().numberNode(value.longValue() + random.nextInt(5) - 2)
                : value;
    }

    private static void collect(JsonNode node, List<JsonNode> into) {
        if (node.isContainer() && !node.isEmpty()) {
            into.add(node);
            node.forEach(child -> collect(child, into));
        }
    }
}
