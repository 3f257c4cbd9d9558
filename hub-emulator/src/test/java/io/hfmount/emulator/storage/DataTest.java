package io.hfmount.emulator.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.merkle.MerkleTree;
import io.hfmount.xet.shard.FileEntry;
import io.hfmount.xet.shard.Segment;
import io.hfmount.xet.vectors.VectorInput;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Data addresses: what they allow, how ranges are answered, when they end (xet-protocol §9.5). */
class DataTest {
    @TempDir
    private Path directory;

    private StorageServer server;
    private SampleFile file;
    private byte[] stored;
    private String url;
    private JsonNode first;
    private JsonNode second;

    @BeforeEach
    void start() throws Exception {
        server = StorageServer.start(directory);
        file = SampleFile.of(VectorInput.random(3, 600_000), 1_000_000);
        server.store(file);
        stored = file.xorbs().getFirst().bytes();
        // a file of the first and the third chunk only: one address that allows two ranges
        FileEntry parts = partsOf(file);
        server.json(server.register(List.of(parts), List.of()));
        JsonNode fetch = server.json(server.get("/v2/reconstructions/" + parts.hash()))
                .get("xorbs")
                .iterator()
                .next();
        assertThat(fetch.size()).isEqualTo(1);
        assertThat(fetch.get(0).get("ranges").size()).isEqualTo(2);
        url = fetch.get(0).get("url").asString();
        first = fetch.get(0).get("ranges").get(0).get("bytes");
        second = fetch.get(0).get("ranges").get(1).get("bytes");
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    private static FileEntry partsOf(SampleFile file) {
        FileEntry chunks = file.inSingleChunks();
        List<Segment> segments =
                List.of(chunks.segments().get(0), chunks.segments().get(2));
        var index = file.xorbs().getFirst().index();
        var hash = MerkleTree.fileHash(List.of(
                new Chunk(index.chunks().get(0).hash(), index.chunkLength(0)),
                new Chunk(index.chunks().get(2).hash(), index.chunkLength(2))));
        return new FileEntry(
                hash,
                segments,
                List.of(chunks.verification().get(0), chunks.verification().get(2)),
                null);
    }

    @Test
    void singleRange_isThoseBytes() {
        HttpResponse<byte[]> response = server.fetch(url, "Range", "bytes=" + text(first));
        assertThat(response.statusCode()).isEqualTo(206);
        assertThat(response.body()).isEqualTo(bytes(first));
        assertThat(response.headers().firstValue("Content-Range"))
                .hasValue("bytes " + text(first) + "/" + stored.length);
        assertThat(response.headers().firstValueAsLong("Content-Length")).hasValue(bytes(first).length);
    }

    @Test
    void partOfAnAllowedRange_isServed() {
        HttpResponse<byte[]> response = server.fetch(url, "Range", "bytes=5-9");
        assertThat(response.statusCode()).isEqualTo(206);
        assertThat(response.body()).isEqualTo(Arrays.copyOfRange(stored, 5, 10));
    }

    @Test
    void severalRanges_areMultipart() {
        HttpResponse<byte[]> response = server.fetch(url, "Range", "bytes=" + text(first) + ", " + text(second));
        assertThat(response.statusCode()).isEqualTo(206);
        String type = response.headers().firstValue("Content-Type").orElseThrow();
        assertThat(type).startsWith("multipart/byteranges; boundary=");
        String boundary = type.substring(type.indexOf('=') + 1);
        String body = new String(response.body(), StandardCharsets.ISO_8859_1);
        String expected = part(boundary, first) + "\r\n" + part(boundary, second) + "\r\n--" + boundary + "--\r\n";
        assertThat(body).isEqualTo(expected);
        assertThat(response.headers().firstValueAsLong("Content-Length")).hasValue(expected.length());
    }

    private String part(String boundary, JsonNode range) {
        return "--" + boundary + "\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes " + text(range)
                + "/" + stored.length + "\r\n\r\n" + new String(bytes(range), StandardCharsets.ISO_8859_1);
    }

    @Test
    void bytesBetweenTheAllowedRanges_are403() {
        long gap = first.get("end").asLong() + 1;
        for (String range : List.of(gap + "-" + gap, "0-" + gap, "0-", "-1", text(first) + "," + gap + "-" + gap)) {
            assertThat(server.fetch(url, "Range", "bytes=" + range).statusCode())
                    .as(range)
                    .isEqualTo(403);
        }
        assertThat(server.fetch(url).statusCode()).as("no Range").isEqualTo(403);
    }

    @ParameterizedTest
    @CsvSource({"bytes=99999999-, 416", "bytes=x, 416", "bytes=3-2, 416"})
    void unusableRange_is416(String range, int status) {
        assertThat(server.fetch(url, "Range", range).statusCode()).isEqualTo(status);
    }

    @Test
    void changedAddress_is403() {
        String range = "bytes=" + text(first);
        for (String forged : List.of(
                url.replaceFirst("r=0-", "r=1-"),
                url.replaceFirst("e=1", "e=2"),
                url.replaceFirst("&s=.", "&s="),
                url.replaceFirst("&s=.*", ""),
                url.replaceFirst("\\?.*", ""),
                url.replace(
                        file.xorbs().getFirst().index().hash().text(),
                        file.entry().hash().text()))) {
            assertThat(forged).isNotEqualTo(url);
            assertThat(server.fetch(forged, "Range", range).statusCode())
                    .as(forged)
                    .isEqualTo(403);
        }
    }

    @Test
    void expiredAddress_is403() {
        String range = "bytes=" + text(first);
        server.advance(Duration.ofMinutes(59));
        assertThat(server.fetch(url, "Range", range).statusCode()).isEqualTo(206);
        server.advance(Duration.ofMinutes(1));
        assertThat(server.fetch(url, "Range", range).statusCode()).isEqualTo(403);
    }

    @Test
    void address_survivesARestart() throws Exception {
        // the fixture's signing secret and clock stay the same
        String path = url.substring(server.url().length());
        server.close();
        server = StorageServer.start(directory);
        HttpResponse<byte[]> response = server.fetch(server.url() + path, "Range", "bytes=" + text(second));
        assertThat(response.statusCode()).isEqualTo(206);
        assertThat(response.body()).isEqualTo(bytes(second));
    }

    private static String text(JsonNode range) {
        return range.get("start").asLong() + "-" + range.get("end").asLong();
    }

    private byte[] bytes(JsonNode range) {
        return Arrays.copyOfRange(
                stored, range.get("start").asInt(), range.get("end").asInt() + 1);
    }
}
