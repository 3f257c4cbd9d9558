package io.hfmount.emulator.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.emulator.TestHub;
import io.hfmount.emulator.TestHub.Reply;
import io.hfmount.model.ContentHash;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResolveRoutesTest {
    private static final byte[] CONTENT = new byte[5000];
    private static final String FILE = "/buckets/ann/r/resolve/odd/1.m%231";

    @TempDir
    static Path directory;

    static TestHub hub;
    static ContentHash hash;

    @BeforeAll
    static void start() throws Exception {
        new Random(1).nextBytes(CONTENT);
        hub = new TestHub(directory);
        hash = hub.storage.put(3, CONTENT);
        hub.bucket("r");
        hub.batch(
                "ann/r",
                "{\"type\":\"addFile\",\"path\":\"odd/1.m#1\",\"xetHash\":\"" + hash.text()
                        + "\",\"mtime\":1772366400123}",
                BatchRouteTest.add("empty", "0".repeat(64)),
                BatchRouteTest.add("odd/100%25 x.txt", hash.text()));
    }

    @AfterAll
    static void stop() throws Exception {
        hub.close();
    }

    @Test
    void head_carriesEveryHeaderAndTheRealLength() {
        Reply reply = hub.head(FILE).header("Accept-Encoding", "identity").send();
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.header("Content-Length")).isEqualTo("5000");
        assertThat(reply.header("ETag")).isEqualTo("\"" + hash.text() + "\"");
        assertThat(reply.header("X-Linked-ETag")).isEqualTo("\"" + hash.text() + "\"");
        assertThat(reply.header("X-Xet-Hash")).isEqualTo(hash.text());
        assertThat(reply.header("X-Linked-Size")).isEqualTo("5000");
        assertThat(reply.header("Last-Modified")).isEqualTo("Sun, 01 Mar 2026 12:00:00 GMT");
        assertThat(reply.header("Accept-Ranges")).isEqualTo("bytes");
        assertThat(reply.header("Content-Type")).isEqualTo("application/octet-stream");
        assertThat(reply.header("Content-Encoding")).isNull();
        assertThat(reply.header("Transfer-Encoding")).isNull();
        assertThat(reply.header("Link"))
                .isEqualTo("<" + hub.hub.url() + "/api/buckets/ann/r/xet-read-token>; rel=\"xet-auth\", <"
                        + hub.hub.url() + "/_storage/v1/reconstructions/" + hash.text()
                        + ">; rel=\"xet-reconstruction-info\"");
        assertThat(reply.bytes()).isEmpty();
    }

    @Test
    void head_sendsNoBodyAndKeepsTheConnection() throws Exception {
        try (Socket socket = new Socket("127.0.0.1", URI.create(hub.hub.url()).getPort())) {
            socket.setSoTimeout(10_000);
            send(socket, "HEAD " + FILE + " HTTP/1.1\r\nHost: h\r\n\r\n");
            StringBuilder head = new StringBuilder();
            while (!head.toString().endsWith("\r\n\r\n")) {
                head.append((char) socket.getInputStream().read());
            }
            assertThat(head.toString()).startsWith("HTTP/1.1 200").contains("content-length: 5000");
            send(socket, "HEAD " + FILE + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
            String rest = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(rest).startsWith("HTTP/1.1 200").endsWith("\r\n\r\n");
        }
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
    }

    @Test
    void get_streamsTheBytes() {
        Reply reply = hub.get(FILE).header("Accept-Encoding", "gzip, deflate").send();
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.bytes()).isEqualTo(CONTENT);
        assertThat(reply.header("Content-Encoding")).isNull();
        assertThat(reply.header("X-Xet-Hash")).isEqualTo(hash.text());
    }

    @ParameterizedTest
    @CsvSource({
        "bytes=0-0,0,1",
        "bytes=10-19,10,20",
        "bytes=4990-,4990,5000",
        "bytes=-7,4993,5000",
        "bytes=-9999,0,5000",
        "bytes=0-99999,0,5000",
        "bytes=4999-4999,4999,5000"
    })
    void range_isPartial(String range, int start, int end) {
        Reply reply = hub.get(FILE).header("Range", range).send();
        assertThat(reply.status()).isEqualTo(206);
        assertThat(reply.header("Content-Range")).isEqualTo("bytes " + start + "-" + (end - 1) + "/5000");
        assertThat(reply.header("Content-Length")).isEqualTo(Integer.toString(end - start));
        assertThat(reply.bytes()).isEqualTo(Arrays.copyOfRange(CONTENT, start, end));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=5000-", "bytes=9000-9001", "bytes=-0"})
    void rangeOutside_is416WithTheSize(String range) {
        Reply reply = hub.get(FILE).header("Range", range).send();
        assertThat(reply.status()).isEqualTo(416);
        assertThat(reply.header("Content-Range")).isEqualTo("bytes */5000");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=5-2", "bytes=0-1,5-6", "items=0-1", "bytes=-", "bytes=a-b"})
    void rangeThatIsNone_isIgnored(String range) {
        assertThat(hub.get(FILE).header("Range", range).send().status()).isEqualTo(200);
    }

    @Test
    void ifRange_decidesBetweenPartAndWhole() {
        String etag = "\"" + hash.text() + "\"";
        assertThat(ranged(etag)).isEqualTo(206);
        assertThat(ranged("Sun, 01 Mar 2026 12:00:00 GMT")).isEqualTo(206);
        assertThat(ranged("\"other\"")).isEqualTo(200);
        assertThat(ranged("W/" + etag)).isEqualTo(200);
    }

    private static int ranged(String ifRange) {
        return hub.get(FILE)
                .header("Range", "bytes=0-0")
                .header("If-Range", ifRange)
                .send()
                .status();
    }

    @Test
    void ifNoneMatch_is304WithoutBody() {
        for (String tag : new String[] {"\"" + hash.text() + "\"", "\"x\", W/\"" + hash.text() + "\"", "*"}) {
            Reply reply = hub.get(FILE).header("If-None-Match", tag).send();
            assertThat(reply.status()).isEqualTo(304);
            assertThat(reply.bytes()).isEmpty();
            assertThat(reply.header("ETag")).isEqualTo("\"" + hash.text() + "\"");
        }
        assertThat(hub.get(FILE).header("If-None-Match", "\"x\"").send().status())
                .isEqualTo(200);
    }

    @Test
    void fileInfoForm_ignoresTheRangeAndTellsWhereStorageIs() {
        Reply reply = hub.get(FILE)
                .header("Accept", "application/vnd.xet-fileinfo+json, */*")
                .header("Range", "bytes=0-0")
                .send();
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.header("Content-Type")).isEqualTo("application/vnd.xet-fileinfo+json");
        assertThat(reply.header("Vary")).isEqualTo("Accept");
        assertThat(reply.header("X-Xet-Hash")).isEqualTo(hash.text());
        assertThat(reply.header("X-Linked-Size")).isEqualTo("5000");
        assertThat(reply.header("ETag")).isEqualTo("\"" + hash.text() + "\"");
        assertThat(reply.json().path("hash").asString()).isEqualTo(hash.text());
        assertThat(reply.json().path("size").asLong()).isEqualTo(5000);
        assertThat(reply.json().path("fileName").asString()).isEqualTo("1.m#1");
        assertThat(reply.json().path("etag").asString()).isEqualTo("\"" + hash.text() + "\"");
        assertThat(reply.json().path("refreshUrl").asString())
                .isEqualTo(hub.hub.url() + "/api/buckets/ann/r/xet-read-token");
        assertThat(reply.json().path("reconstructionUrl").asString())
                .isEqualTo(hub.hub.url() + "/_storage/v1/reconstructions/" + hash.text());
    }

    @Test
    void emptyFile_hasLengthZeroAndNoBody() {
        Reply reply = hub.get("/buckets/ann/r/resolve/empty").send();
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.header("Content-Length")).isEqualTo("0");
        assertThat(reply.bytes()).isEmpty();
        assertThat(hub.head("/buckets/ann/r/resolve/empty").send().header("Content-Length"))
                .isEqualTo("0");
        Reply ranged = hub.get("/buckets/ann/r/resolve/empty")
                .header("Range", "bytes=0-0")
                .send();
        assertThat(ranged.status()).isEqualTo(416);
        assertThat(ranged.header("Content-Range")).isEqualTo("bytes */0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"odd/100%2525%20x.txt", "odd%2F100%2525%20x.txt"})
    void path_isDecodedOnce(String path) {
        assertThat(hub.head("/buckets/ann/r/resolve/" + path).send().status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nothing", "odd", "", "odd/100%25%20x.txt"})
    void absentPath_isEntryNotFound(String path) {
        Reply reply = hub.get("/buckets/ann/r/resolve/" + path).send();
        assertThat(reply.status()).isEqualTo(404);
        assertThat(reply.header("X-Error-Code")).isEqualTo("EntryNotFound");
        assertThat(hub.head("/buckets/ann/r/resolve/" + path).send().header("X-Error-Code"))
                .isEqualTo("EntryNotFound");
    }

    @Test
    void privateBucket_needsItsOwner() {
        hub.post("/api/buckets/ann/private", "{\"private\":true}")
                .as(TestHub.ANN)
                .send();
        hub.batch("ann/private", BatchRouteTest.add("f", hash.text()));
        assertThat(hub.head("/buckets/ann/private/resolve/f").send().status()).isEqualTo(401);
        assertThat(hub.head("/buckets/ann/private/resolve/f")
                        .as(TestHub.BOB)
                        .send()
                        .status())
                .isEqualTo(404);
        assertThat(hub.head("/buckets/ann/private/resolve/f")
                        .as(TestHub.ANN)
                        .send()
                        .status())
                .isEqualTo(200);
    }
}
