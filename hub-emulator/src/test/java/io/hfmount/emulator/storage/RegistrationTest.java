package io.hfmount.emulator.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.emulator.auth.Scope;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.hash.XetHashes;
import io.hfmount.xet.merkle.MerkleTree;
import io.hfmount.xet.shard.FileEntry;
import io.hfmount.xet.shard.Segment;
import io.hfmount.xet.shard.Shard;
import io.hfmount.xet.shard.ShardReader;
import io.hfmount.xet.shard.ShardWriter;
import io.hfmount.xet.shard.XorbEntry;
import io.hfmount.xet.vectors.VectorInput;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Every claim of a shard is checked before anything of it is kept (xet-protocol §14.3). */
class RegistrationTest {
    private static final int RECORD = 48;

    @TempDir
    private Path directory;

    private StorageServer server;
    private SampleFile file;
    private SampleFile other;

    @BeforeEach
    void start() throws Exception {
        server = StorageServer.start(directory);
        file = SampleFile.of(VectorInput.random(1, 500_000), 200_000);
        other = SampleFile.of(VectorInput.text(2, 300_000), 1_000_000);
        for (SampleFile sample : List.of(file, other)) {
            sample.xorbs().forEach(xorb -> server.json(server.upload(xorb)));
        }
        assertThat(file.entry().segments()).hasSizeGreaterThan(2);
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    @Test
    void rightShard_isRegisteredOnceAndThenKnown() {
        assertThat(result(register(file.entry(), other.entry()))).isEqualTo(1);
        assertThat(result(register(file.entry(), other.entry()))).isZero();
        assertThat(sizeOf(file.entry().hash())).isEqualTo(500_000);
        assertThat(sizeOf(other.entry().hash())).isEqualTo(300_000);
    }

    @Test
    void emptyFile_isKnownAndMayBeRegistered() {
        assertThat(sizeOf(ContentHash.ZERO)).isZero();
        FileEntry empty = new FileEntry(ContentHash.ZERO, List.of(), List.of(), null);
        assertThat(server.json(register(empty, file.entry())).get("result").asInt())
                .isEqualTo(1);
        assertThat(server.json(server.get("/v2/reconstructions/" + ContentHash.ZERO))
                        .get("terms"))
                .isEmpty();
    }

    @Test
    void fileOfXorbsOutsideTheShard_isRegistered() {
        assertThat(result(server.register(List.of(file.entry()), List.of()))).isEqualTo(1);
        assertThat(sizeOf(file.entry().hash())).isEqualTo(500_000);
    }

    @Test
    void lastRegistration_wins() {
        result(register(file.entry()));
        assertThat(result(register(file.inSingleChunks()))).isZero();
        JsonNode terms = server.json(
                        server.get("/v1/reconstructions/" + file.entry().hash()))
                .get("terms");
        assertThat(terms.size()).isEqualTo(file.inSingleChunks().segments().size());
    }

    @Test
    void unknownXorbOfAFile_isRefused() {
        refused(
                edit(
                        file.entry(),
                        s -> new Segment(new ContentHash(1, 2, 3, 4), s.unpackedBytes(), s.chunkStart(), s.chunkEnd())),
                "not stored");
    }

    @Test
    void wrongUnpackedBytes_areRefused() {
        refused(
                edit(file.entry(), s -> new Segment(s.xorb(), s.unpackedBytes() - 1, s.chunkStart(), s.chunkEnd())),
                "bytes, but its chunks have");
    }

    @Test
    void chunksPastTheXorb_areRefused() {
        refused(
                edit(file.entry(), s -> new Segment(s.xorb(), s.unpackedBytes(), s.chunkStart(), s.chunkEnd() + 1)),
                "of a xorb of");
    }

    @Test
    void wrongVerification_isRefused() {
        List<ContentHash> wrong = new ArrayList<>(file.entry().verification());
        wrong.set(1, wrong.get(0));
        refused(
                new FileEntry(file.entry().hash(), file.entry().segments(), wrong, null),
                "segment 1 of file " + file.entry().hash() + " has a wrong verification entry");
    }

    @Test
    void missingVerification_isRefused() {
        refused(new FileEntry(file.entry().hash(), file.entry().segments(), List.of(), null), "verification");
    }

    @Test
    void segmentsInAnotherOrder_areRefused() {
        List<Segment> segments = new ArrayList<>(file.entry().segments());
        List<ContentHash> verification = new ArrayList<>(file.entry().verification());
        segments.add(segments.removeFirst());
        verification.add(verification.removeFirst());
        refused(new FileEntry(file.entry().hash(), segments, verification, null), "with the hash");
    }

    @Test
    void shortSegmentList_isRefused() {
        // what a client registers that drops the rest of a straddled segment (§13.6)
        FileEntry whole = file.entry();
        refused(
                new FileEntry(
                        whole.hash(),
                        whole.segments().subList(0, 1),
                        whole.verification().subList(0, 1),
                        null),
                "with the hash");
    }

    @Test
    void rawTreeRootAsFileHash_isRefused() {
        List<Chunk> chunks = new ArrayList<>();
        other.xorbs().forEach(x -> {
            for (int i = 0; i < x.index().count(); i++) {
                chunks.add(new Chunk(x.index().chunks().get(i).hash(), x.index().chunkLength(i)));
            }
        });
        refused(
                new FileEntry(
                        MerkleTree.xorbHash(chunks),
                        other.entry().segments(),
                        other.entry().verification(),
                        null),
                "with the hash");
    }

    @Test
    void zeroHashWithSegments_isRefused() {
        refusedShard(
                ShardWriter.upload(
                        List.of(new FileEntry(
                                ContentHash.ZERO,
                                file.entry().segments(),
                                file.entry().verification(),
                                null)),
                        List.of()),
                "with the hash");
        assertThat(sizeOf(ContentHash.ZERO)).isZero();
    }

    @Test
    void noSegmentsWithAHash_isRefused() {
        refused(new FileEntry(new ContentHash(1, 1, 1, 1), List.of(), List.of(), null), "only the zero hash");
    }

    @Test
    void goodFileBesideABadOne_isNotStored() {
        FileEntry bad =
                edit(file.entry(), s -> new Segment(s.xorb(), s.unpackedBytes() - 1, s.chunkStart(), s.chunkEnd()));
        refusedShard(ShardWriter.upload(List.of(bad, other.entry()), List.of()), "its chunks have");
        assertUnknown(other.entry().hash());
    }

    @Test
    void unknownXorbEntry_isRefused() {
        SampleFile elsewhere = SampleFile.of(VectorInput.random(77, 50_000), 100_000);
        refusedXorbs(elsewhere.xorbEntries(), "not stored");
    }

    @Test
    void xorbEntryWithFewerChunks_isRefused() {
        refusedXorbs(List.of(editChunks(chunks -> chunks.subList(0, chunks.size() - 1))), "chunks, but");
    }

    @Test
    void xorbEntryWithAnotherHash_isRefused() {
        refusedXorbs(
                List.of(editChunks(chunks -> {
                    XorbEntry.ChunkEntry c = chunks.getFirst();
                    chunks.set(
                            0,
                            new XorbEntry.ChunkEntry(new ContentHash(1, 2, 3, 4), c.startOffset(), c.length(), false));
                    return chunks;
                })),
                "another hash than is stored");
    }

    @Test
    void xorbEntryWithOtherLengths_isRefused() {
        refusedXorbs(
                List.of(editChunks(chunks -> {
                    XorbEntry.ChunkEntry a = chunks.get(0);
                    XorbEntry.ChunkEntry b = chunks.get(1);
                    chunks.set(0, new XorbEntry.ChunkEntry(a.hash(), 0, a.length() - 1, false));
                    chunks.set(1, new XorbEntry.ChunkEntry(b.hash(), b.startOffset() - 1, b.length() + 1, false));
                    return chunks;
                })),
                "but it is stored as");
    }

    @Test
    void formatViolations_areRefused() {
        byte[] good = ShardWriter.upload(List.of(file.entry(), other.entry()), file.xorbEntries());
        for (int length = 0; length < good.length; length += RECORD / 2) {
            refusedShard(Arrays.copyOf(good, length), "");
        }
        refusedShard(changed(good, 0, 'X'), "magic");
        refusedShard(changed(good, 32, 3), "version");
        refusedShard(changed(good, RECORD + 35, 0), "verification"); // flag bit 31 of one of two files
        refusedShard(changed(good, RECORD + 36, 0x7f), ""); // number of segments
        refusedShard(changed(good, RECORD + 39, 0x7f), "segments");
    }

    @Test
    void bytesBehindTheSecondBookend_areIgnored() {
        byte[] shard = ShardWriter.upload(List.of(file.entry()), file.xorbEntries());
        byte[] longer = Arrays.copyOf(shard, shard.length + 1_000);
        Arrays.fill(longer, shard.length, longer.length, (byte) 0x5a);
        assertThat(server.send("POST", "/v1/shards", longer).statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/shards", "/v2/shards"})
    void tooLargeShard_is413(String path) throws Exception {
        server.close();
        server = StorageServer.start(directory, StorageSettings.defaults().withLimits(1 << 20, 1_000));
        byte[] shard = ShardWriter.upload(List.of(file.inSingleChunks(), other.entry()), other.xorbEntries());
        assertThat(shard).hasSizeGreaterThan(1_000);
        assertThat(server.send("POST", path, shard).statusCode()).isEqualTo(413);
        assertThat(server.send(
                                "POST",
                                path,
                                BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(shard)),
                                Scope.WRITE)
                        .statusCode())
                .isEqualTo(413);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/shards", "/v2/shards"})
    void readToken_mayNotRegister(String path) {
        byte[] shard = ShardWriter.upload(List.of(file.entry()), List.of());
        assertThat(server.send("POST", path, BodyPublishers.ofByteArray(shard), Scope.READ)
                        .statusCode())
                .isEqualTo(403);
        assertUnknown(file.entry().hash());
    }

    @Test
    void version2_withinTheGrace_answersWhenItIsDone() {
        HttpResponse<byte[]> answer =
                server.send("POST", "/v2/shards", ShardWriter.upload(List.of(file.entry()), file.xorbEntries()));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/x-ndjson");
        assertThat(StorageServer.text(answer).lines())
                .containsExactly("{\"type\":\"committing\",\"stage\":\"syncing\"}", "{\"type\":\"result\"}");
        assertThat(sizeOf(file.entry().hash())).isEqualTo(500_000);
    }

    @Test
    void version2_withoutGrace_streamsStatesUntilTheResult() throws Exception {
        server.close();
        server = StorageServer.start(
                directory, StorageSettings.defaults().withShardAnswers(Duration.ZERO, Duration.ofMillis(1)));
        HttpResponse<byte[]> answer =
                server.send("POST", "/v2/shards", ShardWriter.upload(List.of(file.entry()), file.xorbEntries()));
        assertThat(answer.statusCode()).isEqualTo(200);
        List<String> lines = StorageServer.text(answer).lines().toList();
        assertThat(lines.getLast()).isEqualTo("{\"type\":\"result\"}");
        assertThat(lines.subList(0, lines.size() - 1))
                .allMatch(line -> line.startsWith("{\"type\":\"validating\"") || line.startsWith("{\"type\":\"commit"));
        assertThat(sizeOf(file.entry().hash())).isEqualTo(500_000);
    }

    @Test
    void version2_withoutGrace_endsWithANonRetryableErrorForABadShard() throws Exception {
        server.close();
        server = StorageServer.start(
                directory, StorageSettings.defaults().withShardAnswers(Duration.ZERO, Duration.ofSeconds(1)));
        FileEntry bad =
                edit(file.entry(), s -> new Segment(s.xorb(), s.unpackedBytes() - 1, s.chunkStart(), s.chunkEnd()));
        HttpResponse<byte[]> answer =
                server.send("POST", "/v2/shards", ShardWriter.upload(List.of(bad), file.xorbEntries()));
        assertThat(answer.statusCode()).isEqualTo(200);
        String last = StorageServer.text(answer).lines().toList().getLast();
        assertThat(last)
                .startsWith("{\"type\":\"error\"")
                .contains("its chunks have")
                .endsWith("\"retryable\":false}");
        assertUnknown(file.entry().hash());
    }

    @Test
    void registration_survivesARestart() throws Exception {
        result(register(file.entry()));
        server.close();
        server = StorageServer.start(directory);
        assertThat(sizeOf(file.entry().hash())).isEqualTo(500_000);
        assertThat(server.get("/v1/chunks/default/" + firstChunk(file)).statusCode())
                .isEqualTo(200);
    }

    @Test
    void chunkQuery_answersTheXorbWithARealExpiry() throws Exception {
        register(file.entry());
        HttpResponse<byte[]> answer = server.get("/v1/chunks/default-merkledb/" + firstChunk(file));
        assertThat(answer.statusCode()).isEqualTo(200);
        Shard shard = ShardReader.read(answer.body());
        assertThat(shard.files()).isEmpty();
        assertThat(shard.xorbs()).hasSize(1);
        assertThat(shard.xorbs().getFirst().hash())
                .isEqualTo(file.xorbs().getFirst().index().hash());
        assertThat(shard.xorbs().getFirst().chunks().getFirst().dedupEligible()).isTrue();
        assertThat(shard.footer().hmacKey()).isEqualTo(ContentHash.ZERO);
        assertThat(shard.footer().expiresAt())
                .isEqualTo(server.now().plus(Duration.ofDays(1)).getEpochSecond());
    }

    @Test
    void keyedChunkQuery_hidesTheChunkHashes() throws Exception {
        server.close();
        ContentHash key = new ContentHash(11, 12, 13, 14);
        server = StorageServer.start(directory, StorageSettings.defaults().withDedupKey(key));
        register(file.entry());
        Shard shard = ShardReader.read(
                server.get("/v1/chunks/default/" + firstChunk(file)).body());
        assertThat(shard.footer().hmacKey()).isEqualTo(key);
        assertThat(shard.xorbs().getFirst().chunks().getFirst().hash())
                .isEqualTo(XetHashes.hmac(firstChunk(file), key));
    }

    @Test
    void chunkThatIsNotEligible_isUnknown() {
        register(file.entry());
        ContentHash second = file.xorbs().getFirst().index().chunks().get(1).hash();
        assertThat(server.get("/v1/chunks/default/" + second).statusCode()).isEqualTo(404);
    }

    private static ContentHash firstChunk(SampleFile sample) {
        return sample.xorbs().getFirst().index().chunks().getFirst().hash();
    }

    private HttpResponse<byte[]> register(FileEntry... entries) {
        List<XorbEntry> xorbs = new ArrayList<>(file.xorbEntries());
        xorbs.addAll(other.xorbEntries());
        return server.register(List.of(entries), xorbs);
    }

    private int result(HttpResponse<byte[]> response) {
        return server.json(response).get("result").asInt();
    }

    private long sizeOf(ContentHash hash) {
        HttpResponse<byte[]> response = server.head("/v1/files/" + hash);
        assertThat(response.statusCode()).isEqualTo(200);
        return response.headers().firstValueAsLong("Content-Length").orElseThrow();
    }

    /** Edits the last segment. */
    private static FileEntry edit(FileEntry entry, UnaryOperator<Segment> change) {
        List<Segment> segments = new ArrayList<>(entry.segments());
        segments.set(segments.size() - 1, change.apply(segments.getLast()));
        return new FileEntry(entry.hash(), segments, entry.verification(), null);
    }

    private XorbEntry editChunks(UnaryOperator<List<XorbEntry.ChunkEntry>> change) {
        XorbEntry entry = file.xorbEntries().getFirst();
        return new XorbEntry(entry.hash(), change.apply(new ArrayList<>(entry.chunks())), 0);
    }

    private static byte[] changed(byte[] bytes, int at, int value) {
        byte[] copy = bytes.clone();
        copy[at] = (byte) value;
        return copy;
    }

    private void refused(FileEntry entry, String reason) {
        refusedShard(ShardWriter.upload(List.of(entry), List.of()), reason);
        assertUnknown(entry.hash());
    }

    private void refusedXorbs(List<XorbEntry> xorbs, String reason) {
        refusedShard(ShardWriter.upload(List.of(other.entry()), xorbs), reason);
        assertUnknown(other.entry().hash());
        assertThat(server.get("/v1/chunks/default/" + firstChunk(other)).statusCode())
                .isEqualTo(404);
    }

    private void refusedShard(byte[] shard, String reason) {
        for (String path : List.of("/v1/shards", "/v2/shards")) {
            HttpResponse<byte[]> response = server.send("POST", path, shard);
            assertThat(response.statusCode()).as(path).isEqualTo(400);
            assertThat(StorageServer.text(response))
                    .contains("the shard is refused: ")
                    .contains(reason);
        }
    }

    private void assertUnknown(ContentHash hash) {
        assertThat(server.head("/v1/files/" + hash).statusCode()).isEqualTo(404);
        assertThat(server.get("/v2/reconstructions/" + hash).statusCode()).isEqualTo(404);
        assertThat(server.service().sizeOf(hash)).isEmpty();
    }
}
