package io.hfmount.emulator.storage.http;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.hfmount.emulator.storage.plan.WindowPlan;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.merkle.Node;
import io.hfmount.xet.merkle.Subtree;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The answer of {@code file-chunk-hashes} as it is written (xet-protocol §13.3; subtrees §5.2). */
record WindowJson(
        int totalChunks,
        long fileSize,
        List<Window> windows,
        List<@Nullable SubtreeJson> hashRanges,
        List<String> gapVerification) {

    record Window(List<Long> dirtyByteRange) {}

    record SubtreeJson(
            List<NodeJson> nodes,
            List<List<Integer>> levels,
            @JsonProperty("at_start") boolean atStart,
            @JsonProperty("at_end") boolean atEnd) {}

    record NodeJson(String hash, long size) {}

    static WindowJson of(WindowPlan plan) {
        List<@Nullable SubtreeJson> ranges = new ArrayList<>();
        for (Subtree range : plan.hashRanges()) {
            ranges.add(range == null ? null : subtree(range));
        }
        return new WindowJson(
                plan.totalChunks(),
                plan.fileSize(),
                plan.windows().stream()
                        .map(w -> new Window(List.of(w.start(), w.end())))
                        .toList(),
                Collections.unmodifiableList(ranges),
                plan.gapVerification().stream().map(ContentHash::text).toList());
    }

    private static SubtreeJson subtree(Subtree subtree) {
        return new SubtreeJson(
                subtree.nodes().stream().map(WindowJson::node).toList(),
                subtree.levels().stream()
                        .map(level -> List.of(level.left(), level.right()))
                        .toList(),
                subtree.atStart(),
                subtree.atEnd());
    }

    private static NodeJson node(Node node) {
        return new NodeJson(node.hash().text(), node.size());
    }
}
