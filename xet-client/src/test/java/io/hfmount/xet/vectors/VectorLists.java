package io.hfmount.xet.vectors;

import io.hfmount.model.ContentHash;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Makes the lists of hashes and sizes that a vector file describes by seed, or reads those it spells out. */
public final class VectorLists {
    private VectorLists() {}

    /** The first {@code count} hashes of a {@code {seed, mode}} list. */
    public static List<ContentHash> hashes(JsonNode spec, int count) {
        SplitMix64 stream = new SplitMix64(spec.get("seed").asLong());
        String mode = spec.get("mode").asString();
        List<ContentHash> hashes = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            long w0 = stream.next();
            long w1 = stream.next();
            long w2 = stream.next();
            long w3 = stream.next();
            w3 = switch (mode) {
                case "never" -> (w3 & ~3L) | 1;
                case "always" -> w3 & ~3L;
                case "random" -> w3;
                default -> throw new IllegalArgumentException("unknown mode " + mode);
            };
            hashes.add(new ContentHash(w0, w1, w2, w3));
        }
        return hashes;
    }

    /** An array of sizes, or the first {@code count} of a {@code {seed, min, span}} list. */
    public static long[] sizes(JsonNode spec, int count) {
        long[] sizes = new long[count];
        if (spec.isArray()) {
            if (spec.size() != count) {
                throw new IllegalArgumentException(spec.size() + " sizes for " + count + " items");
            }
            for (int i = 0; i < count; i++) {
                sizes[i] = spec.get(i).asLong();
            }
            return sizes;
        }
        SplitMix64 stream = new SplitMix64(spec.get("seed").asLong());
        long min = spec.get("min").asLong();
        long span = spec.get("span").asLong();
        for (int i = 0; i < count; i++) {
            sizes[i] = min + Long.remainderUnsigned(stream.next(), span);
        }
        return sizes;
    }

    /** An array of text forms. */
    public static List<ContentHash> texts(JsonNode array) {
        List<ContentHash> hashes = new ArrayList<>();
        for (JsonNode text : array) {
            hashes.add(ContentHash.parse(text.asString()));
        }
        return hashes;
    }
}
