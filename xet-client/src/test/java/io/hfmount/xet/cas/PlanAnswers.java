package io.hfmount.xet.cas;

import io.hfmount.xet.Reconstruction;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** Reads and writes reconstructions for tests of other packages. */
public final class PlanAnswers {
    private PlanAnswers() {}

    /** As the client reads the answer to the question that {@code asked} answered. */
    public static Reconstruction parse(Reconstruction asked, byte[] json) {
        return ReconstructionJson.parse(asked.file(), asked.range(), json);
    }

    /** As a server writes it (xet-protocol §9.2, §9.3). */
    public static String json(Reconstruction plan, boolean second) {
        Map<String, String> fetches = new LinkedHashMap<>();
        for (Reconstruction.Fetch fetch : plan.fetches()) {
            String chunks = "{\"start\":%d,\"end\":%d}".formatted(fetch.chunkStart(), fetch.chunkEnd());
            String bytes = "{\"start\":%d,\"end\":%d}"
                    .formatted(fetch.bytes().start(), fetch.bytes().end() - 1);
            String entry = second
                    ? "{\"url\":\"%s\",\"ranges\":[{\"chunks\":%s,\"bytes\":%s}]}".formatted(fetch.url(), chunks, bytes)
                    : "{\"range\":%s,\"url\":\"%s\",\"url_range\":%s}".formatted(chunks, fetch.url(), bytes);
            fetches.merge(fetch.xorb().text(), entry, (a, b) -> a + "," + b);
        }
        return "{\"offset_into_first_range\":%d,\"terms\":[%s],\"%s\":{%s}}"
                .formatted(
                        plan.offsetIntoFirstTerm(),
                        plan.terms().stream()
                                .map(t -> "{\"hash\":\"%s\",\"unpacked_length\":%d,\"range\":{\"start\":%d,\"end\":%d}}"
                                        .formatted(t.xorb().text(), t.unpackedLength(), t.chunkStart(), t.chunkEnd()))
                                .collect(Collectors.joining(",")),
                        second ? "xorbs" : "fetch_info",
                        fetches.entrySet().stream()
                                .map(e -> "\"" + e.getKey() + "\":[" + e.getValue() + "]")
                                .collect(Collectors.joining(",")));
    }
}
