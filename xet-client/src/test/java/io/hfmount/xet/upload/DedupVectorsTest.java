package io.hfmount.xet.upload;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.hash.XetHashes;
import io.hfmount.xet.merkle.MerkleTree;
import io.hfmount.xet.shard.FileEntry;
import io.hfmount.xet.shard.Segment;
import io.hfmount.xet.vectors.VectorInput;
import io.hfmount.xet.vectors.Vectors;
import io.hfmount.xet.xorb.XorbWriter;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/** {@code dedup.json}: decisions over synthetic chunks, including the fragmentation guard. */
class DedupVectorsTest {
    @TestFactory
    Stream<DynamicTest> decisions_matchTheVectors() {
        return Vectors.cases("dedup.json").stream()
                .map(c -> DynamicTest.dynamicTest(c.get("name").asString(), () -> check(c)));
    }

    private static byte[] bytes(int id) {
        return VectorInput.random(id, 16 + id % 7);
    }

    private static List<Integer> ids(JsonNode runs) {
        List<Integer> ids = new ArrayList<>();
        for (JsonNode run : runs) {
            for (int i = 0; i < run.get(1).asInt(); i++) {
                ids.add(run.get(0).asInt() + i);
            }
        }
        return ids;
    }

    private static Chunk chunk(int id) {
        byte[] bytes = bytes(id);
        return new Chunk(XetHashes.chunkHash(bytes), bytes.length);
    }

    private void check(JsonNode c) {
        Map<ContentHash, String> names = new HashMap<>();
        KnownChunks known = (chunks, from, to) -> null;
        int number = 0;
        for (JsonNode xorb : c.get("known_xorbs")) {
            List<Chunk> chunks = ids(xorb).stream().map(DedupVectorsTest::chunk).toList();
            ContentHash hash = MerkleTree.xorbHash(chunks);
            names.put(hash, "known" + number++);
            XorbDirectory directory = new XorbDirectory(1_000_000);
            directory.add(hash, chunks.stream().map(Chunk::hash).toList(), Instant.MAX);
            known = known.or((list, from, to) -> directory.find(list, from, to, Instant.EPOCH));
        }
        List<ContentHash> questions = new ArrayList<>();
        List<OpenXorb> xorbs = new ArrayList<>();
        FileDraft file = new FileDraft(Long.MAX_VALUE);
        DedupDecisions decisions = new DedupDecisions(
                file,
                known,
                asked -> {
                    questions.addAll(asked);
                    return true;
                },
                UploadSettings.defaults()
                        .withXorbLimits(64 << 20, c.get("max_chunks_per_xorb").asInt()),
                xorbs::add,
                XorbWriter.automatic());
        List<Integer> ids = ids(c.get("ids"));
        int block = c.get("block").asInt();
        for (int at = 0; at < ids.size(); at += block) {
            List<Integer> part = ids.subList(at, Math.min(ids.size(), at + block));
            ByteArrayOutputStream data = new ByteArrayOutputStream();
            part.forEach(id -> data.writeBytes(bytes(id)));
            decisions.block(part.stream().map(DedupVectorsTest::chunk).toList(), data.toByteArray(), 0);
        }
        file.completeHashed(null);
        OpenXorb last = decisions.end();
        if (!last.isEmpty()) {
            xorbs.add(last);
        }
        List<String> made = new ArrayList<>();
        for (OpenXorb xorb : xorbs) {
            names.put(xorb.seal(), "new" + made.size());
            made.add(xorb.hash() + " " + xorb.unpackedBytes() + " " + xorb.count());
        }
        FileEntry entry = file.entry();

        List<String> segments = new ArrayList<>();
        for (Segment s : entry.segments()) {
            segments.add(names.get(s.xorb()) + " " + s.chunkStart() + " " + s.chunkEnd() + " " + s.unpackedBytes());
        }
        List<String> expected = new ArrayList<>();
        for (JsonNode s : c.get("segments")) {
            expected.add(s.get(0).asString() + " " + s.get(1).asInt() + " "
                    + s.get(2).asInt() + " " + s.get(3).asInt());
        }
        assertThat(segments).isEqualTo(expected);
        List<String> expectedXorbs = new ArrayList<>();
        for (JsonNode x : c.get("new_xorbs")) {
            expectedXorbs.add(x.get("hash").asString() + " "
                    + x.get("num_bytes").asInt() + " " + x.get("num_chunks").asInt());
        }
        assertThat(made).isEqualTo(expectedXorbs);
        assertThat(entry.hash().text()).isEqualTo(c.get("file_hash").asString());
        List<String> verification = new ArrayList<>();
        c.get("verification").forEach(v -> verification.add(v.asString()));
        // The two long cases leave the list out.
        if (!verification.isEmpty() || segments.size() < 100) {
            assertThat(entry.verification().stream().map(ContentHash::text).toList())
                    .isEqualTo(verification);
        }
        assertThat(questions).hasSize(c.get("global_query_count").asInt());
        assertThat(file.newBytes()).isEqualTo(c.get("metrics").get("new_bytes").asLong());
        assertThat(file.bytes()).isEqualTo(c.get("metrics").get("total_bytes").asLong());
    }
}
