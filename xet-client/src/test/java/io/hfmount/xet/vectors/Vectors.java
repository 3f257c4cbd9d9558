package io.hfmount.xet.vectors;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The vector files, from the folder named by the environment variable {@code XET_VECTORS} if it is set, else from the class
 * path.
 */
public final class Vectors {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private Vectors() {}

    /** The bytes of one file, such as {@code xorb/one-none.bin}. */
    public static byte[] bytes(String path) {
        String folder = System.getenv("XET_VECTORS");
        try {
            if (folder != null && !folder.isEmpty()) {
                return Files.readAllBytes(Path.of(folder).resolve(path));
            }
            try (InputStream in = Vectors.class.getResourceAsStream("/vectors/" + path)) {
                if (in == null) {
                    throw new IllegalArgumentException("no vector file " + path);
                }
                return in.readAllBytes();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A JSON file, such as {@code hashes.json}. */
    public static JsonNode json(String path) {
        return MAPPER.readTree(bytes(path));
    }

    /** The elements of an array member of a JSON file; fails when there is none, so that a test cannot pass empty. */
    public static List<JsonNode> list(String path, String member) {
        List<JsonNode> elements = elements(json(path).get(member));
        if (elements.isEmpty()) {
            throw new IllegalStateException(path + " has no " + member);
        }
        return elements;
    }

    /** The member {@code cases} of a JSON file. */
    public static List<JsonNode> cases(String path) {
        return list(path, "cases");
    }

    /** The elements of a JSON array. */
    public static List<JsonNode> elements(JsonNode array) {
        List<JsonNode> elements = new ArrayList<>(array.size());
        array.forEach(elements::add);
        return elements;
    }
}
