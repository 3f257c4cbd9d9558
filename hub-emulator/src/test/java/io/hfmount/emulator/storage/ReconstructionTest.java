package io.hfmount.emulator.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.emulator.auth.Scope;
import io.hfmount.emulator.http.Json;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.ChunkRun;
import io.hfmount.xet.vectors.VectorInput;
import io.hfmount.xet.vectors.Vectors;
import io.hfmount.xet.xorb.ChunkRecords;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Reconstructions and the data behind their addresses, over HTTP, on the file of the golden vectors. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReconstructionTest {
    private static final JsonNode VECTORS = Vectors.json("reconstruction.json");

    private StorageServer server;
    private SampleFile file;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        server = StorageServer.start(directory);
        file = SampleFile.of(VectorInput.bytes(VECTORS.get("input")), 400_000);
        assertThat(file.entry().hash().text())
                .isEqualTo(VECTORS.get("file_hash").asString());
        server.store(file);
    }

    @AfterAll
    void stop() throws Exception {
        server.close();
    }

    static List<JsonNode> cases() {
        return Vectors.cases("reconstruction.json");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void vector_isAnsweredExactly(JsonNode c) throws Exception {
        for (String version : List.of("v1", "v2")) {
            HttpResponse<byte[]> response = ask(version, c.get("range_header"));
            JsonNode expected = c.get(version);
            if (expected.isNull()) {
                assertThat(response.statusCode()).isEqualTo(416);
            } else {
                JsonNode actual = server.json(response);
                byte[] content = read(version, actual);
                if (!c.get("content_sha256").isNull()) {
                    int length = wantedLength(c);
                    assertThat(sha256(Arrays.copyOf(content, length)))
                            .isEqualTo(c.get("content_sha256").asString());
                }
                maskUrls(actual);
                assertThat(actual).isEqualTo(expected);
            }
        }
    }

    private static int wantedLength(JsonNode c) {
        if (c.get("range").isNull()) {
            return VECTORS.get("size").asInt();
        }
        int end = Math.min(c.get("range").get(1).asInt(), VECTORS.get("size").asInt());
        return end - c.get("range").get(0).asInt();
    }

    private HttpResponse<byte[]> ask(String version, JsonNode range) {
        String path = "/" + version + "/reconstructions/" + file.entry().hash();
        return range.isNull() ? server.get(path) : server.get(path, "Range", range.asString());
    }

    /** What a client does: fetch each range once, find every term in it, drop the offset. */
    private byte[] read(String version, JsonNode answer) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (JsonNode term : answer.get("terms")) {
            out.writeBytes(term(version, answer, term));
        }
        byte[] all = out.toByteArray();
        return Arrays.copyOfRange(all, answer.get("offset_into_first_range").asInt(), all.length);
    }

    private byte[] term(String version, JsonNode answer, JsonNode term) {
        String xorb = term.get("hash").asString();
        int start = term.get("range").get("start").asInt();
        int end = term.get("range").get("end").asInt();
        for (JsonNode fetch :
                answer.get(version.equals("v1") ? "fetch_info" : "xorbs").get(xorb)) {
            List<JsonNode> ranges = version.equals("v1") ? List.of(fetch) : Vectors.elements(fetch.get("ranges"));
            for (JsonNode range : ranges) {
                JsonNode chunks = range.get(version.equals("v1") ? "range" : "chunks");
                JsonNode bytes = range.get(version.equals("v1") ? "url_range" : "bytes");
                int first = chunks.get("start").asInt();
                int last = chunks.get("end").asInt();
                if (first <= start && end <= last) {
                    HttpResponse<byte[]> data = server.fetch(
                            fetch.get("url").asString(),
                            "Range",
                            "bytes=" + bytes.get("start").asLong() + "-"
                                    + bytes.get("end").asLong());
                    assertThat(data.statusCode()).isEqualTo(206);
                    ChunkRun run = ChunkRecords.decode(ContentHash.parse(xorb), first, data.body(), last - first);
                    byte[] result = Arrays.copyOfRange(run.data(), run.startOf(start), run.endOf(end - 1));
                    assertThat(result).hasSize(term.get("unpacked_length").asInt());
                    return result;
                }
            }
        }
        throw new AssertionError("no fetch holds " + term);
    }

    private static void maskUrls(JsonNode node) {
        if (node instanceof ObjectNode object && object.has("url")) {
            object.put("url", "URL");
        }
        node.forEach(ReconstructionTest::maskUrls);
    }

    private static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    @ParameterizedTest
    @CsvSource({"bytes=1799990-, 1", "bytes=-10, 1", "bytes=-99999999, 5", "bytes=0-, 5"})
    void openAndSuffixRanges_areUnderstood(String range, int terms) {
        JsonNode answer =
                server.json(server.get("/v2/reconstructions/" + file.entry().hash(), "Range", range));
        assertThat(answer.get("terms").size()).isEqualTo(terms);
        assertThat(read("v2", answer)).endsWith(Arrays.copyOfRange(file.content(), 1_799_990, 1_800_000));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=5-4", "bytes=0-1,4-5", "lines=1-2", "bytes=-0", "bytes=x-"})
    void unusableRange_is416(String range) {
        assertThat(server.get("/v1/reconstructions/" + file.entry().hash(), "Range", range)
                        .statusCode())
                .isEqualTo(416);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=0-0", "bytes=0-", "bytes=-5"})
    void emptyFile_anyRangeFromItsStart_hasNoTerms(String range) {
        JsonNode answer = server.json(server.get("/v1/reconstructions/" + ContentHash.ZERO, "Range", range));
        assertThat(answer.get("terms")).isEmpty();
    }

    @Test
    void emptyFile_laterRange_is416() {
        assertThat(server.get("/v1/reconstructions/" + ContentHash.ZERO, "Range", "bytes=1-2")
                        .statusCode())
                .isEqualTo(416);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/reconstructions/", "/v2/reconstructions/", "/v2/file-chunk-hashes/"})
    void unknownAndMalformedHashes_are404And400(String path) {
        String unknown = new ContentHash(1, 2, 3, 4).text();
        assertThat(server.get(path + unknown, "X-Range-Dirty", "bytes=0-1").statusCode())
                .isEqualTo(404);
        for (String bad : List.of("1", unknown + "0", unknown.replace('0', 'g'))) {
            assertThat(server.get(path + bad, "X-Range-Dirty", "bytes=0-1").statusCode())
                    .isEqualTo(400);
        }
    }

    @Test
    void batch_answersKnownFilesAndOmitsOthers() {
        String known = file.entry().hash().text();
        String unknown = new ContentHash(1, 2, 3, 4).text();
        JsonNode answer = server.json(server.get("/v1/reconstructions?file_id=" + known + "&file_id=" + unknown));
        JsonNode alone = server.json(server.get("/v1/reconstructions/" + known));
        assertThat(answer.get("files").propertyNames()).containsExactly(known);
        assertThat(answer.get("files").get(known)).isEqualTo(alone.get("terms"));
        maskUrls(answer);
        maskUrls(alone);
        assertThat(answer.get("fetch_info")).isEqualTo(alone.get("fetch_info"));
        assertThat(server.get("/v1/reconstructions").statusCode()).isEqualTo(400);
        assertThat(server.get("/v1/reconstructions?file_id=x").statusCode()).isEqualTo(400);
    }

    @Test
    void files_headTellsTheSize() {
        HttpResponse<byte[]> head = server.head("/v1/files/" + file.entry().hash());
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.headers().firstValueAsLong("Content-Length")).hasValue(1_800_000);
        assertThat(server.head("/v1/files/" + new ContentHash(1, 2, 3, 4)).statusCode())
                .isEqualTo(404);
    }

    @Test
    void windows_areAnsweredOverHttp() {
        String path = "/v2/file-chunk-hashes/" + file.entry().hash();
        JsonNode answer = server.json(server.get(path, "X-Range-Dirty", "bytes=500000-500010"));
        assertThat(answer.get("fileSize").asLong()).isEqualTo(1_800_000);
        assertThat(answer.get("windows").get(0).get("dirtyByteRange").get(1).asLong())
                .as("aligned to the end of the second segment")
                .isEqualTo(378_119 + 390_432);
        assertThat(answer.get("gapVerification").size()).isEqualTo(4);
        assertThat(server.get(path).statusCode()).isEqualTo(400);
        assertThat(server.get(path, "X-Range-Dirty", "bytes=9-5").statusCode()).isEqualTo(400);
        assertThat(server.get(path, "X-Range-Dirty", "bytes=1800000-1800001").statusCode())
                .isEqualTo(416);
    }

    @Test
    void storedFile_randomRanges_areTheRightBytes() {
        Random random = new Random(5);
        for (int i = 0; i < 30; i++) {
            int a = random.nextInt(1_800_000);
            int b = a + random.nextInt(1_800_001 - a);
            assertThat(content(new ByteRange(a, b))).isEqualTo(Arrays.copyOfRange(file.content(), a, b));
        }
        assertThat(content(new ByteRange(0, 1_800_000))).isEqualTo(file.content());
    }

    private byte[] content(ByteRange range) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (ByteBuf piece : server.service().stream(file.entry().hash(), range).toIterable(1)) {
            byte[] bytes = new byte[piece.readableBytes()];
            assertThat(bytes).hasSizeLessThanOrEqualTo(131_072);
            piece.readBytes(bytes);
            piece.release();
            out.writeBytes(bytes);
        }
        return out.toByteArray();
    }

    @Test
    void everyRoute_needsItsToken() {
        String hash = file.entry().hash().text();
        for (String path : List.of(
                "/v1/reconstructions/" + hash,
                "/v2/reconstructions/" + hash,
                "/v1/reconstructions?file_id=" + hash,
                "/v1/chunks/default/" + hash,
                "/v2/file-chunk-hashes/" + hash)) {
            assertThat(server.fetch(server.url() + path).statusCode()).as(path).isEqualTo(401);
            assertThat(server.fetch(server.url() + path, "Authorization", "Bearer wrong")
                            .statusCode())
                    .as(path)
                    .isEqualTo(401);
        }
    }

    @Test
    void expiredToken_is401(@TempDir Path directory) throws Exception {
        try (StorageServer other = StorageServer.start(directory)) {
            String token = "Bearer " + other.token(Scope.WRITE);
            String url = other.url() + "/v1/reconstructions/" + ContentHash.ZERO;
            assertThat(other.fetch(url, "Authorization", token).statusCode()).isEqualTo(200);
            other.advance(Duration.ofMinutes(10));
            assertThat(other.fetch(url, "Authorization", token).statusCode()).isEqualTo(401);
        }
    }

    @Test
    void sideRoutes_answer() {
        assertThat(server.send("POST", "/v1/telemetry", "{}".getBytes()).statusCode())
                .isEqualTo(200);
        assertThat(server.send("POST", "/v1/xorb-grants/default/" + file.entry().hash(), "{}".getBytes())
                        .statusCode())
                .isEqualTo(404);
        assertThat(server.fetch(server.url() + "/health").statusCode()).isEqualTo(200);
        assertThat(server.send("POST", "/v1/telemetry", BodyPublishers.ofString("{}"), Scope.READ)
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void addresses_useTheHostOfTheRequest() {
        String url = Json.mapper()
                .readTree(
                        server.get("/v1/reconstructions/" + file.entry().hash()).body())
                .get("fetch_info")
                .iterator()
                .next()
                .get(0)
                .get("url")
                .asString();
        assertThat(url).startsWith(server.url() + "/data/");
    }
}
