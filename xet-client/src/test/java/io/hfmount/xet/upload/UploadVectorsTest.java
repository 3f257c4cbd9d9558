package io.hfmount.xet.upload;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.shard.FileEntry;
import io.hfmount.xet.shard.Segment;
import io.hfmount.xet.shard.Shard;
import io.hfmount.xet.testing.ArraySource;
import io.hfmount.xet.testing.MemoryStorage;
import io.hfmount.xet.vectors.VectorInput;
import io.hfmount.xet.vectors.Vectors;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/** {@code upload.json}: single files, each to an empty storage. */
class UploadVectorsTest {
    private static final Duration WAIT = Duration.ofSeconds(60);
    private static ExecutorService executor;

    @BeforeAll
    static void start() {
        executor = Executors.newFixedThreadPool(2);
    }

    @AfterAll
    static void stop() {
        executor.shutdown();
    }

    @TestFactory
    Stream<DynamicTest> uploads_matchTheVectors() {
        return Vectors.cases("upload.json").stream()
                .map(c -> DynamicTest.dynamicTest(c.get("name").asString(), () -> check(c)));
    }

    private static int limit(JsonNode value, int otherwise) {
        return value.isNull() ? otherwise : value.asInt();
    }

    private void check(JsonNode c) {
        byte[] content = VectorInput.bytes(c.get("input"));
        MemoryStorage storage = new MemoryStorage();
        UploadSettings settings = UploadSettings.defaults()
                .withShortSegments(false)
                .withSha256(true)
                .withXorbLimits(limit(c.get("max_xorb_bytes"), 64 << 20), limit(c.get("max_xorb_chunks"), 8192));
        Uploader uploader = new Uploader(
                storage, settings, executor, UploadListener.NONE, RememberedChunks.NONE, InstantSource.system());
        UploadSession session = uploader.newSession();

        UploadedContent uploaded =
                session.add(ArraySource.of(content).inPiecesOf(100_003)).block(WAIT);
        assertThat(storage.fileCount()).isZero();
        session.finish().block(WAIT);

        assertThat(uploaded.hash()).isEqualTo(ContentHash.parse(c.get("hash").asString()));
        assertThat(uploaded.size()).isEqualTo(c.get("size").asLong());
        FileEntry file = storage.file(uploaded.hash());
        List<Segment> expected = new ArrayList<>();
        for (JsonNode s : c.get("segments")) {
            expected.add(new Segment(
                    ContentHash.parse(s.get(0).asString()),
                    s.get(1).asLong(),
                    s.get(2).asInt(),
                    s.get(3).asInt()));
        }
        assertThat(file.segments()).isEqualTo(expected);
        List<ContentHash> verification = new ArrayList<>();
        c.get("verification").forEach(v -> verification.add(ContentHash.parse(v.asString())));
        assertThat(file.verification()).isEqualTo(verification);
        assertThat(c.get("flags").asLong()).isEqualTo(0xC000_0000L);
        assertThat(file.sha256Stored().text())
                .isEqualTo(c.get("shard_sha256_hex").asString());
        List<String> xorbs = new ArrayList<>();
        for (Shard shard : storage.shards()) {
            shard.xorbs().forEach(x -> xorbs.add(x.hash() + " " + x.chunks().size() + " " + x.unpackedBytes()));
        }
        List<String> expectedXorbs = new ArrayList<>();
        c.get("xorbs")
                .forEach(x -> expectedXorbs.add(x.get("hash").asString() + " "
                        + x.get("num_chunks").asInt() + " " + x.get("unpacked").asInt()));
        assertThat(xorbs).containsExactlyInAnyOrderElementsOf(expectedXorbs);
        assertThat(storage.content(uploaded.hash())).isEqualTo(content);
    }
}
