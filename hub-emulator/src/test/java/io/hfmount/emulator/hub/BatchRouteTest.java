package io.hfmount.emulator.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.emulator.TestHub;
import io.hfmount.emulator.TestHub.Reply;
import io.hfmount.model.ContentHash;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchRouteTest {
    private static final String EMPTY = "0".repeat(64);

    @TempDir
    static Path directory;

    static TestHub hub;
    static ContentHash stored;

    @BeforeAll
    static void start() throws Exception {
        hub = new TestHub(directory);
        hub.bucket("b");
        stored = hub.storage.put(7, new byte[1234]);
    }

    @AfterAll
    static void stop() throws Exception {
        hub.close();
    }

    static String add(String path, String hash) {
        return "{\"type\":\"addFile\",\"path\":\"" + path + "\",\"xetHash\":\"" + hash + "\"}";
    }

    static String delete(String path) {
        return "{\"type\":\"deleteFile\",\"path\":\"" + path + "\"}";
    }

    @Test
    void addAndDelete_areSeenByTheNextRead() {
        Reply reply = hub.batch(
                "ann/b",
                "{\"type\":\"addFile\",\"path\":\"s/x.bin\",\"xetHash\":\"" + stored.text()
                        + "\",\"mtime\":1772366400123,\"contentType\":\"image/png\",\"size\":99}",
                delete("absent"));
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.text()).isEqualTo("{\"success\":true,\"processed\":2,\"succeeded\":2,\"failed\":[]}");
        Reply tree = hub.get("/api/buckets/ann/b/tree/s/x.bin").send();
        assertThat(tree.json().get(0).path("size").asLong()).isEqualTo(1234);
        assertThat(tree.json().get(0).path("mtime").asString()).isEqualTo("2026-03-01T12:00:00.123Z");
        assertThat(hub.head("/buckets/ann/b/resolve/s/x.bin").send().header("Content-Type"))
                .isEqualTo("image/png");

        hub.batch("ann/b", delete("s/x.bin"));
        assertThat(hub.get("/api/buckets/ann/b/tree/s/x.bin").send().text()).isEqualTo("[]");
    }

    @Test
    void info_countsFilesAndBytes() {
        hub.bucket("sums");
        hub.batch("ann/sums", add("a", stored.text()), add("b", stored.text()), add("c", EMPTY));
        hub.batch("ann/sums", add("a", EMPTY), delete("c"));
        Reply info = hub.get("/api/buckets/ann/sums").send();
        assertThat(info.json().path("size").asLong()).isEqualTo(1234);
        assertThat(info.json().path("totalFiles").asLong()).isEqualTo(2);
    }

    @Test
    void withoutMtime_entryHasNone() {
        hub.batch(
                "ann/b",
                add("no-mtime", EMPTY),
                "{\"type\":\"addFile\",\"path\":\"null-mtime\",\"xetHash\":\"" + EMPTY
                        + "\",\"mtime\":null,\"contentType\":null}");
        assertThat(hub.get("/api/buckets/ann/b/tree/no-mtime")
                        .send()
                        .json()
                        .get(0)
                        .has("mtime"))
                .isFalse();
        assertThat(hub.get("/api/buckets/ann/b/tree/null-mtime")
                        .send()
                        .json()
                        .get(0)
                        .has("mtime"))
                .isFalse();
    }

    @Test
    void partialFailure_is200WithTheFailedOnes() {
        String unknown = "e".repeat(64);
        Reply reply = hub.batch("ann/b", add("good", EMPTY), add("p/bad", unknown));
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.json().path("success").asBoolean(true)).isFalse();
        assertThat(reply.json().path("processed").asInt()).isEqualTo(2);
        assertThat(reply.json().path("succeeded").asInt()).isEqualTo(1);
        assertThat(reply.json().path("failed").get(0).path("path").asString()).isEqualTo("p/bad");
        assertThat(reply.json().path("failed").get(0).path("error").asString())
                .isEqualTo("xet file " + unknown + " was not found in storage");
    }

    @Test
    void allFailed_is422WithTheSameBody() {
        Reply reply = hub.batch("ann/b", add("bad", "e".repeat(64)));
        assertThat(reply.status()).isEqualTo(422);
        assertThat(reply.json().path("failed").size()).isEqualTo(1);
        assertThat(reply.json().path("succeeded").asInt(-1)).isZero();
    }

    @Test
    void nothingAsked_is200WithEmptyFailed() {
        Reply reply = hub.batch("ann/b", "", "  ", "\r");
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.text()).isEqualTo("{\"success\":true,\"processed\":0,\"succeeded\":0,\"failed\":[]}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "a/./b", "\\u0000", "a\\ud800b"})
    void illegalPath_isRefusedPerOperation(String path) {
        Reply reply = hub.batch("ann/b", add("fine", EMPTY), add(path, EMPTY));
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.json().path("failed").size()).isEqualTo(1);
    }

    @Test
    void pathLength_isLimitedInBytes() {
        String longest = "é".repeat(BatchCheck.MAX_PATH / 2);
        assertThat(hub.batch("ann/b", add(longest, EMPTY)).status()).isEqualTo(200);
        assertThat(hub.batch("ann/b", add(longest + "x", EMPTY)).status()).isEqualTo(422);
        hub.batch("ann/b", delete(longest));
    }

    @ParameterizedTest
    @ValueSource(strings = {"abc", "EEEE", "G"})
    void malformedHash_isRefusedPerOperation(String hash) {
        Reply reply = hub.batch(
                "ann/b",
                add("x", hash.length() == 3 ? hash : hash.substring(0, 1).repeat(64)));
        assertThat(reply.status()).isEqualTo(422);
    }

    @Test
    void badMtimeOrContentType_isRefusedPerOperation() {
        String head = "{\"type\":\"addFile\",\"path\":\"x\",\"xetHash\":\"" + EMPTY + "\",";
        assertThat(hub.batch("ann/b", head + "\"mtime\":999999999999999}").status())
                .isEqualTo(422);
        assertThat(hub.batch("ann/b", head + "\"contentType\":\"a\\r\\nX: y\"}").status())
                .isEqualTo(422);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "no json",
                "[]",
                "{\"type\":\"deleteFile\",\"path\":\"x\"} {}",
                "{\"type\":\"renameFile\",\"path\":\"x\"}",
                "{\"path\":\"x\"}",
                "{\"type\":\"deleteFile\"}",
                "{\"type\":\"addFile\",\"path\":\"x\"}",
                "{\"type\":\"addFile\",\"path\":\"x\",\"xetHash\":5}",
                "{\"type\":\"addFile\",\"path\":\"x\",\"xetHash\":\"0\",\"mtime\":1.5}",
                "{\"type\":\"copyFile\",\"path\":\"x\",\"xetHash\":\"0\"}"
            })
    void malformedLine_refusesTheWholeCallAndAppliesNothing(String line) {
        Reply reply = hub.batch("ann/b", add("never", EMPTY), line);
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.json().path("error").asString()).startsWith("line 2 ");
        assertThat(hub.get("/api/buckets/ann/b/tree/never").send().text()).isEqualTo("[]");
    }

    @Test
    void addAfterDelete_is400_copyAfterDeleteIsNot() {
        assertThat(hub.batch("ann/b", delete("x"), add("y", EMPTY)).status()).isEqualTo(400);
        assertThat(hub.batch("ann/b", add("src", stored.text()), delete("x"), copy("y", "bucket", "ann/b"))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void copy_fromWhatTheCallerCannotRead_fails() {
        hub.post("/api/buckets/bob/secret", "{\"private\":true}")
                .as(TestHub.BOB)
                .send();
        hub.post("/api/buckets/bob/open", "{}").as(TestHub.BOB).send();
        assertThat(hub.batch("ann/b", copy("c1", "bucket", "bob/open")).status())
                .isEqualTo(200);
        assertThat(hub.batch("ann/b", copy("c2", "bucket", "bob/secret")).status())
                .isEqualTo(422);
        assertThat(hub.batch("ann/b", copy("c3", "model", "ann/net")).status()).isEqualTo(422);
    }

    @Test
    void repeated_isTheSameSuccess() {
        String[] lines = {add("again", stored.text()), delete("gone")};
        String first = hub.batch("ann/b", lines).text();
        assertThat(hub.batch("ann/b", lines).text()).isEqualTo(first);
    }

    @Test
    void chunkedBodyOfAnyLength_isTaken() {
        hub.bucket("large");
        StringBuilder body = new StringBuilder();
        int operations = 20_000;
        for (int i = 0; i < operations; i++) {
            body.append(add("dir/file-%06d".formatted(i), EMPTY)).append('\n');
        }
        byte[] bytes = body.toString().getBytes(StandardCharsets.UTF_8);
        Reply reply = hub.post("/api/buckets/ann/large/batch", "")
                .as(TestHub.ANN)
                .body(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(bytes)))
                .send();
        assertThat(reply.json().path("succeeded").asInt()).isEqualTo(operations);
        assertThat(hub.get("/api/buckets/ann/large")
                        .send()
                        .json()
                        .path("totalFiles")
                        .asInt())
                .isEqualTo(operations);
    }

    @Test
    void refusedLargeBody_isAnsweredWithoutBeingRead() {
        byte[] bytes = new byte[30_000_000];
        Reply reply = hub.post("/api/buckets/ann/b/batch", "")
                .body(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(bytes)))
                .send();
        assertThat(reply.status()).isEqualTo(401);
        assertThat(reply.json().path("error").asString()).isEqualTo("Invalid username or password.");
    }

    @Test
    void overlongLine_is413() {
        assertThat(hub.batch("ann/b", "{\"x\":\"" + "y".repeat(BatchLines.MAX_LINE))
                        .status())
                .isEqualTo(413);
    }

    @Test
    void othersAndAnonymous_areRefused() {
        Reply anonymous = hub.post("/api/buckets/ann/b/batch", add("x", EMPTY)).send();
        assertThat(anonymous.status()).isEqualTo(401);
        assertThat(hub.post("/api/buckets/ann/b/batch", add("x", EMPTY))
                        .as(TestHub.BOB)
                        .send()
                        .status())
                .isEqualTo(403);
        assertThat(hub.batch("ann/none", add("x", EMPTY)).status()).isEqualTo(404);
    }

    private static String copy(String path, String type, String id) {
        return "{\"type\":\"copyFile\",\"path\":\"" + path + "\",\"xetHash\":\"" + stored.text() + "\",\"mtime\":1,"
                + "\"sourceRepoType\":\"" + type + "\",\"sourceRepoId\":\"" + id + "\"}";
    }
}
