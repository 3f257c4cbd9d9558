package io.hfmount.emulator.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.emulator.TestHub;
import io.hfmount.emulator.TestHub.Reply;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class TreeRoutesTest {
    private static final String EMPTY = "0".repeat(64);

    @TempDir
    static Path directory;

    static TestHub hub;

    @BeforeAll
    static void start() throws Exception {
        hub = new TestHub(directory);
        hub.bucket("t");
        add(
                "t",
                "a/1.m",
                "a/1.m#1",
                "a/1.m.d/x",
                "logs/x",
                "logs/sub/y",
                "logs/sub/z",
                "logs.txt",
                "logs_old/w",
                "odd/100% x.txt",
                "odd/ä ö?&+;.txt",
                "odd/%2F",
                "top");
    }

    @AfterAll
    static void stop() throws Exception {
        hub.close();
    }

    static void add(String bucket, String... paths) {
        List<String> lines = new ArrayList<>();
        for (String path : paths) {
            lines.add("{\"type\":\"addFile\",\"path\":\"" + path + "\",\"xetHash\":\"" + EMPTY
                    + "\",\"mtime\":1772366400123}");
        }
        assertThat(hub.batch("ann/" + bucket, lines.toArray(String[]::new)).status())
                .isEqualTo(200);
    }

    @Test
    void root_listsFilesAndDirectoriesInKeyOrder() {
        Reply reply =
                hub.get("/api/buckets/ann/t/tree?recursive=false&limit=5000").send();
        assertThat(reply.all("path")).containsExactly("a", "logs.txt", "logs", "logs_old", "odd", "top");
        assertThat(reply.all("type"))
                .containsExactly("directory", "file", "directory", "directory", "directory", "file");
        assertThat(reply.header("Link")).isNull();
        JsonNode file = reply.json().get(1);
        assertThat(file.path("size").asLong(-1)).isZero();
        assertThat(file.path("xetHash").asString()).isEqualTo(EMPTY);
        assertThat(file.path("mtime").asString()).isEqualTo("2026-03-01T12:00:00.123Z");
        assertThat(file.path("uploadedAt").asString()).endsWith("Z");
        assertThat(reply.json().get(0).path("uploadedAt").asString())
                .isEqualTo(file.path("uploadedAt").asString());
    }

    @Test
    void recursive_listsFilesOnly() {
        Reply reply = hub.get("/api/buckets/ann/t/tree?recursive=True").send();
        assertThat(reply.all("type")).containsOnly("file");
        assertThat(reply.all("path")).hasSize(12).contains("logs/sub/y", "a/1.m.d/x");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a/1.m       | a/1.m,a/1.m#1,a/1.m.d",
                "a%2F1.m     | a/1.m,a/1.m#1,a/1.m.d",
                "logs        | logs.txt,logs/sub,logs/x,logs_old",
                "logs/       | logs/sub,logs/x",
                "logs%2F     | logs/sub,logs/x",
                "logs/sub    | logs/sub/y,logs/sub/z",
                "logs/s      | logs/sub",
                "lo          | logs.txt,logs,logs_old",
                "odd/100%25%20x.txt | odd/100% x.txt",
                "odd%2F%252F | odd/%2F",
                "odd/%C3%A4  | odd/ä ö?&+;.txt",
                "nothing     | ''",
                "top/        | ''",
                "'' | a,logs.txt,logs,logs_old,odd,top"
            })
    void prefix_matchesWholeKeysAsText(String prefix, String expected) {
        Reply reply = hub.get("/api/buckets/ann/t/tree/" + prefix.strip()).send();
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.all("path"))
                .containsExactly(
                        expected.isEmpty() ? new String[0] : expected.strip().split(","));
    }

    @Test
    void pathWithCharactersThatNeedEscapesButCameRaw_isTaken() throws Exception {
        hub.bucket("raw");
        add("raw", "b|c[1].txt", "b^c", "a+b");
        for (String[] pair : new String[][] {{"b|c[1", "b|c[1].txt"}, {"b^", "b^c"}, {"a+", "a+b"}}) {
            String answer = hub.raw("GET /api/buckets/ann/raw/tree/" + pair[0]
                    + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            assertThat(answer).startsWith("HTTP/1.1 200").contains("\"" + pair[1] + "\"");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"%", "%2", "%zz", "%C3%28", "%ff"})
    void malformedEscape_is400(String prefix) throws Exception {
        String answer = hub.raw(
                "GET /api/buckets/ann/t/tree/" + prefix + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assertThat(answer)
                .startsWith("HTTP/1.1 400")
                .contains("application/json")
                .contains("\"error\"");
    }

    @Test
    void paging_walksEverythingOnceByAbsoluteLinksThatKeepTheQuery() {
        hub.bucket("pages");
        add(
                "pages",
                IntStream.range(0, 25).mapToObj(i -> "p/f%02d".formatted(i)).toArray(String[]::new));
        add("pages", "p/d/1", "p/d/2", "p.x");
        List<String> seen = new ArrayList<>();
        String url = hub.hub.url() + "/api/buckets/ann/pages/tree/p%2F?recursive=false&limit=4";
        int pages = 0;
        while (url != null) {
            Reply reply = hub.get(url).send();
            seen.addAll(reply.all("path"));
            pages++;
            url = reply.header("Link") == null ? null : BucketRoutesTest.next(reply);
            if (url != null) {
                assertThat(reply.all("path")).hasSize(4);
                assertThat(url)
                        .startsWith(hub.hub.url() + "/api/buckets/ann/pages/tree/p%2F?recursive=false&limit=4&cursor=");
            }
        }
        assertThat(pages).isEqualTo(7);
        assertThat(seen).hasSize(26).doesNotHaveDuplicates().contains("p/d", "p/f00", "p/f24");
    }

    @Test
    void paging_whileEntriesComeAndGo_showsLastingOnesExactlyOnce() {
        hub.bucket("moving");
        add("moving", IntStream.range(0, 20).mapToObj(i -> "k%02d".formatted(i)).toArray(String[]::new));
        Reply first = hub.get("/api/buckets/ann/moving/tree?limit=5").send();
        hub.batch(
                "ann/moving",
                "{\"type\":\"deleteFile\",\"path\":\"k04\"}",
                "{\"type\":\"deleteFile\",\"path\":\"k00\"}");
        add("moving", "k000", "k050");
        List<String> rest = hub.get(BucketRoutesTest.next(first).replace("limit=5", "limit=100"))
                .send()
                .all("path");
        assertThat(rest).containsOnlyOnce("k05", "k19").doesNotContain("k03").hasSize(16);
    }

    @ParameterizedTest
    @ValueSource(strings = {"limit=0", "limit=-1", "limit=x", "cursor=%25", "cursor=e30", "recursive=maybe"})
    void malformedQuery_is400(String query) {
        assertThat(hub.get("/api/buckets/ann/t/tree?" + query).send().status()).isEqualTo(400);
    }

    @Test
    void limit_defaultsTo1000AndIsCappedAt5000() {
        hub.bucket("many");
        String[] names =
                IntStream.range(0, 5001).mapToObj(i -> "n%04d".formatted(i)).toArray(String[]::new);
        add("many", names);
        assertThat(hub.get("/api/buckets/ann/many/tree").send().json().size()).isEqualTo(1000);
        assertThat(hub.get("/api/buckets/ann/many/tree?limit=9999")
                        .send()
                        .json()
                        .size())
                .isEqualTo(5000);
    }

    @Test
    void emptyBucket_listsNothing() {
        hub.bucket("bare");
        Reply reply = hub.get("/api/buckets/ann/bare/tree").send();
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.text()).isEqualTo("[]");
    }

    @Test
    void directoryWithoutFiles_isGone() {
        hub.bucket("dirs");
        add("dirs", "d/f");
        hub.batch("ann/dirs", "{\"type\":\"deleteFile\",\"path\":\"d/f\"}");
        assertThat(hub.get("/api/buckets/ann/dirs/tree").send().text()).isEqualTo("[]");
    }

    @Test
    void pathsInfo_tellsFilesOnly() {
        Reply reply = hub.post(
                        "/api/buckets/ann/t/paths-info",
                        "{\"paths\":[\"top\",\"none\",\"logs\",\"odd/100% x.txt\",\"top\"],\"expand\":false}")
                .send();
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.all("path")).containsExactly("top", "odd/100% x.txt");
        assertThat(reply.json().get(0).path("xetHash").asString()).isEqualTo(EMPTY);
    }

    @Test
    void pathsInfo_beyond1000Paths_is400() {
        String paths = String.join(
                ",", IntStream.range(0, 1001).mapToObj(i -> "\"p" + i + "\"").toList());
        assertThat(hub.post("/api/buckets/ann/t/paths-info", "{\"paths\":[" + paths + "]}")
                        .send()
                        .status())
                .isEqualTo(400);
        assertThat(hub.post("/api/buckets/ann/t/paths-info", "{\"paths\":[1]}")
                        .send()
                        .status())
                .isEqualTo(400);
        assertThat(hub.post("/api/buckets/ann/t/paths-info", "{}").send().status())
                .isEqualTo(400);
    }
}
