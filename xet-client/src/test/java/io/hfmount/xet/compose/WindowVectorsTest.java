package io.hfmount.xet.compose;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.cas.FileWindows;
import io.hfmount.xet.cas.WindowAnswers;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.merkle.MerkleTree;
import io.hfmount.xet.merkle.Node;
import io.hfmount.xet.merkle.Subtree;
import io.hfmount.xet.shard.Segment;
import io.hfmount.xet.vectors.VectorLists;
import io.hfmount.xet.vectors.Vectors;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** {@code windows.json} from the client's side: every answer is read, fits its file and proves its hash. */
class WindowVectorsTest {
    static List<JsonNode> cases() {
        return Vectors.cases("windows.json");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void answers_fitTheirFileAndProveIt(JsonNode c) {
        check(c, c.get("response"));
        if (c.has("aligned_response")) {
            check(c, c.get("aligned_response"));
        }
    }

    private static void check(JsonNode c, JsonNode response) {
        if (response.has("error")) {
            return;
        }
        List<Chunk> chunks = chunks(c);
        BaseFile base = base(c, chunks);
        FileWindows answer =
                WindowAnswers.parse(base.hash(), response.toString().getBytes(StandardCharsets.UTF_8));
        boolean edges = answer.windows().stream().allMatch(w -> base.isEdge(w.start()));
        if (!edges) {
            // Asked for ranges that do not begin with segments, which this client never does.
            return;
        }
        Windows windows = Windows.of(base, answer).orElseThrow();
        RunningHash hash = new RunningHash();
        for (int i = 0; i < windows.windows().size(); i++) {
            ByteRange window = windows.windows().get(i);
            windows.gaps().get(i).ifPresent(hash::add);
            long at = 0;
            for (Chunk chunk : chunks) {
                if (at >= window.start() && at < window.end()) {
                    hash.add(new Node(chunk.hash(), chunk.length()));
                }
                at += chunk.length();
            }
        }
        windows.gaps().getLast().ifPresent(hash::add);
        assertThat(hash.finish()).isEqualTo(base.hash());
        assertThat(hash.bytes()).isEqualTo(base.size());
    }

    private static List<Chunk> chunks(JsonNode c) {
        int total = 0;
        for (JsonNode count : c.get("segment_chunk_counts")) {
            total += count.asInt();
        }
        List<ContentHash> hashes = VectorLists.hashes(c.get("hashes"), total);
        long[] sizes = VectorLists.sizes(c.get("sizes"), total);
        List<Chunk> chunks = new ArrayList<>();
        for (int i = 0; i < total; i++) {
            chunks.add(new Chunk(hashes.get(i), (int) sizes[i]));
        }
        return chunks;
    }

    private static BaseFile base(JsonNode c, List<Chunk> chunks) {
        List<Segment> segments = new ArrayList<>();
        int next = 0;
        for (JsonNode count : c.get("segment_chunk_counts")) {
            long bytes = 0;
            for (Chunk chunk : chunks.subList(next, next + count.asInt())) {
                bytes += chunk.length();
            }
            segments.add(new Segment(new ContentHash(next, 1, 1, 1), bytes, 0, count.asInt()));
            next += count.asInt();
        }
        ContentHash hash = MerkleTree.fileHash(chunks);
        if (c.has("file_hash")) {
            assertThat(hash.text()).isEqualTo(c.get("file_hash").asString());
        }
        return BaseFile.of(hash, segments);
    }

    @ParameterizedTest
    @MethodSource("subtrees")
    void runningHash_overPartsOfSubtreeVectors_isTheFileHash(JsonNode c) {
        int count = c.get("count").asInt();
        List<ContentHash> hashes = VectorLists.hashes(c.get("hashes"), count);
        long[] sizes = VectorLists.sizes(c.get("sizes"), count);
        List<Node> nodes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            nodes.add(new Node(hashes.get(i), sizes[i]));
        }
        RunningHash byParts = new RunningHash();
        RunningHash byChunks = new RunningHash();
        int from = 0;
        for (JsonNode cut : c.get("cuts")) {
            byParts.add(Subtree.from(false, nodes.subList(from, cut.asInt()), false));
            from = cut.asInt();
        }
        byParts.add(Subtree.from(false, nodes.subList(from, count), false));
        nodes.forEach(byChunks::add);
        ContentHash expected = ContentHash.parse(c.get("file_hash").asString());
        assertThat(byParts.finish()).isEqualTo(expected);
        assertThat(byChunks.finish()).isEqualTo(expected);
    }

    static List<JsonNode> subtrees() {
        return Vectors.cases("subtree.json");
    }
}
