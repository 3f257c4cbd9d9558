package io.hfmount.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.e2e.live.ControlApi;
import io.hfmount.e2e.live.HttpReply;
import io.hfmount.e2e.live.HubProcess;
import io.hfmount.e2e.live.LiveProcesses;
import io.hfmount.e2e.live.SidecarProcess;
import io.hfmount.hub.BucketHub;
import io.hfmount.hub.HubObserver;
import io.hfmount.hub.TokenSource;
import io.hfmount.hub.http.HttpBucketHub;
import io.hfmount.hub.http.HubSettings;
import io.hfmount.model.BucketSource;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.merkle.MerkleTree;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An edit of a large published file, of which this mount knows nothing, while storage answers short, wrong, with garbage
 * or not at all: an error that says what and what next, nothing registered, nothing lost, and the edit published once
 * storage is well.
 */
@Timeout(value = 150, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BadStorageTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** Four segments: the edits are in the first and at the end, so two lie in a gap and have verification entries. */
    private static final int SIZE = 13 << 20;

    private static final int EDIT = 1_500_000;
    private static final String PLAN = "/_storage/v[12]/reconstructions/";
    private static final String WINDOWS = "/_storage/v2/file-chunk-hashes/";
    private static final String DATA = "/_storage/data/";
    private static final String XORB = "/_storage/v1/xorbs/";
    private static final String SHARD = "/_storage/v[12]/shards";
    private static final String BATCH = "/api/buckets/.*/batch";

    /** One window: {@code {"dirtyByteRange":[0,100]}}. */
    private static final String WINDOW = "\\{[^}]*\\}";

    private static final String HASH = "[0-9a-f]{64}";
    private static final String VERIFICATION = "\"gapVerification\":\\[\"(" + HASH + ")\",\"(" + HASH + ")\"\\]";
    private static final Map<String, Object> OPTIONS = Map.of(
            "sparseMinSize", "1",
            "directIo", true, // what is read is what the sidecar says
            "flushDebounce", "PT60S", // the test flushes; what follows are retries
            "flushMaxBatchWindow", "PT60S",
            "flushItemTimeout", "PT4S");

    @RegisterExtension
    static final LiveProcesses PROCESSES = LiveProcesses.ofClass();

    private static HubProcess hub;
    private static SidecarProcess sidecar;
    private static HttpBucketHub uploads;
    private static EmulatedStorage storage;
    private static ContentHash base;
    private static int count;

    private String bucket;
    private String path;
    private String id;
    private Path file;
    private byte[] expected;

    @BeforeAll
    static void start() throws IOException {
        hub = PROCESSES.hub("--windows", "plain");
        sidecar = PROCESSES.sidecar(hub);
        hub.createBucket("uploads");
        uploads = new HttpBucketHub(
                HubSettings.of(hub.url()),
                new BucketSource(HubProcess.USER, "uploads", ""),
                TokenSource.fixed(hub.token()),
                HubObserver.NONE);
        BucketHub tokens = uploads;
        storage = new EmulatedStorage(() -> tokens.storageToken(true));
        base = storage.upload(content());
    }

    @AfterAll
    static void stop() {
        storage.close();
        uploads.close();
    }

    @AfterEach
    void unmount() {
        hub.clearFaults();
        if (id != null) {
            sidecar.api().delete("/v1/mounts/" + id + "?drain=PT0S&force=true");
        }
    }

    private static byte[] content() {
        byte[] content = new byte[SIZE];
        new Random(13).nextBytes(content);
        return content;
    }

    /** A mount that never saw the file, and in it an edit in the middle and one at the end. */
    private void edit() throws IOException {
        int seed = ++count;
        bucket = hub.createBucket("bad-" + seed);
        path = "edited-" + seed + ".bin";
        hub.add(bucket, path, base.text());
        Path mountPoint = PROCESSES.newDirectory("bad-" + seed);
        id = sidecar.api().mounted(ControlApi.mountRequest("hf://buckets/" + bucket, mountPoint, OPTIONS));
        file = mountPoint.resolve(path);
        byte[] inside = new byte[4_096];
        byte[] behind = new byte[1_000];
        Random random = new Random(seed);
        random.nextBytes(inside);
        random.nextBytes(behind);
        expected = Arrays.copyOf(content(), SIZE + behind.length);
        System.arraycopy(inside, 0, expected, EDIT, inside.length);
        System.arraycopy(behind, 0, expected, SIZE, behind.length);
        try (RandomAccessFile writer = new RandomAccessFile(file.toFile(), "rw")) {
            writer.seek(EDIT);
            writer.write(inside);
            writer.seek(SIZE);
            writer.write(behind);
        }
    }

    private JsonNode flush() {
        return sidecar.api()
                .post("/v1/mounts/" + id + "/flush", "{\"timeout\":\"PT50S\"}")
                .expect(200)
                .json();
    }

    /**
     * A kind of bad storage.
     *
     * @param reason what the error must say
     */
    record Bad(String name, String fault, String reason) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Bad bad(String name, String path, String action, String reason) {
        return new Bad(name, onPath(path, 0, action), reason);
    }

    private static String onPath(String path, int times, String action) {
        return "{\"path\":\"%s\",\"count\":%d,\"action\":%s}".formatted(path, times, action);
    }

    private static String rewrite(String pattern, String with) {
        return "\"rewrite\",\"pattern\":%s,\"with\":%s"
                .formatted(JSON.writeValueAsString(pattern), JSON.writeValueAsString(with));
    }

    private static String status(int status) {
        return "\"status\",\"status\":" + status + ",\"message\":\"scripted refusal\"";
    }

    static Stream<Bad> windows() {
        String unreadable = "not readable";
        return Stream.of(
                bad("windows cut", WINDOWS, "\"cut\",\"bytes\":60", "no complete answer to windows"),
                bad("windows short", WINDOWS, rewrite("(?s)^(.{100}).*", "$1"), unreadable),
                bad("windows no JSON", WINDOWS, rewrite("(?s)^.*$", "<html>busy</html>"), unreadable),
                bad("windows null", WINDOWS, rewrite("(?s)^.*$", "null"), "the answer is missing"),
                bad(
                        "windows text for a number",
                        WINDOWS,
                        rewrite("\"fileSize\":\\d+", "\"fileSize\":\"x\""),
                        unreadable),
                bad(
                        "windows huge number",
                        WINDOWS,
                        rewrite("\"fileSize\":\\d+", "\"fileSize\":" + "9".repeat(40)),
                        unreadable),
                bad(
                        "windows other size",
                        WINDOWS,
                        rewrite("\"fileSize\":\\d+", "\"fileSize\":" + Long.MAX_VALUE),
                        "instead of " + SIZE),
                bad(
                        "windows huge end",
                        WINDOWS,
                        rewrite("(\"dirtyByteRange\":\\[0,)\\d+", "$1" + Long.MAX_VALUE),
                        "reach past its end"),
                bad("windows backwards", WINDOWS, rewrite("(\"dirtyByteRange\":)\\[0,(\\d+)", "$1[$2,0"), "wrong"),
                bad("windows none", WINDOWS, rewrite("\"windows\":\\[.*?\\]\\}\\]", "\"windows\":[]"), "wrong"),
                bad(
                        "windows in disorder",
                        WINDOWS,
                        rewrite("\"windows\":\\[(" + WINDOW + "),(" + WINDOW + ")\\]", "\"windows\":[$2,$1]"),
                        "out of order"),
                bad(
                        "windows overlapping",
                        WINDOWS,
                        rewrite("\"windows\":\\[(" + WINDOW + "),(" + WINDOW + ")\\]", "\"windows\":[$1,$1]"),
                        "out of order"),
                bad(
                        "windows off an edge",
                        WINDOWS,
                        rewrite("(\"dirtyByteRange\":)\\[0,", "$1[1,"),
                        "where no segment begins"),
                bad(
                        "windows too narrow",
                        WINDOWS,
                        rewrite("(\"dirtyByteRange\":\\[0,)\\d+", "$1" + 100_000),
                        "are untouched"),
                bad(
                        "windows without a gap",
                        WINDOWS,
                        rewrite("\"hashRanges\":\\[null,\\{.*\\},null\\]", "\"hashRanges\":[null,null,null]"),
                        "are untouched"),
                bad(
                        "windows with gaps missing",
                        WINDOWS,
                        rewrite("\"hashRanges\":\\[null,", "\"hashRanges\":["),
                        "wrong"),
                bad(
                        "windows with another chunk",
                        WINDOWS,
                        rewrite("(\"hash\":\")" + HASH, "$1" + "1".repeat(64)),
                        "add up to file"),
                bad(
                        "verification one missing",
                        WINDOWS,
                        rewrite(VERIFICATION, "\"gapVerification\":[\"$2\"]"),
                        "1 verification entries for 2"),
                bad(
                        "verification one too many",
                        WINDOWS,
                        rewrite(VERIFICATION, "\"gapVerification\":[\"$1\",\"$1\",\"$2\"]"),
                        "3 verification entries for 2"),
                bad(
                        "verification wrong",
                        WINDOWS,
                        rewrite(VERIFICATION, "\"gapVerification\":[\"$2\",\"$1\"]"),
                        "wrong verification entry"),
                bad(
                        "verification no hash",
                        WINDOWS,
                        rewrite(VERIFICATION, "\"gapVerification\":[\"$1\",\"abc\"]"),
                        "wrong"));
    }

    static Stream<Bad> others() {
        return Stream.of(
                bad("chunks short", DATA, "\"cut\",\"bytes\":70000", "no complete answer to data"),
                bad("chunks with a wrong byte", DATA, "\"flip\",\"at\":5000", "add up to file"),
                bad("chunks with a wrong header", DATA, "\"flip\",\"at\":2", "xorb"),
                bad("shard refused", SHARD, status(400), "scripted refusal"),
                bad("shard over quota", SHARD, status(507), "scripted refusal"),
                bad("shard forbidden", SHARD, status(403), "scripted refusal"),
                bad("xorb refused", XORB, status(400), "scripted refusal"),
                bad("original unknown", PLAN, status(404), "scripted refusal"),
                bad(
                        "original of another size",
                        PLAN,
                        rewrite("\"unpacked_length\":\\d+", "\"unpacked_length\":7"),
                        "not " + SIZE),
                bad(
                        "original without terms",
                        PLAN,
                        rewrite("\"terms\":\\[.*?\\}\\}\\]", "\"terms\":[]"),
                        "not " + SIZE),
                bad("original no JSON", PLAN, rewrite("(?s)^.*$", "[]"), "not readable"),
                bad("plan dropped", PLAN, "\"reset\"", "no complete answer"),
                bad("windows dropped", WINDOWS, "\"reset\"", "no complete answer"),
                bad("chunks dropped", DATA, "\"reset\"", "no complete answer"),
                bad("xorb dropped", XORB, "\"reset\"", "no complete answer"),
                bad("shard dropped", SHARD, "\"reset\"", "no complete answer"),
                bad("commit dropped", BATCH, "\"reset\"", "batch"));
    }

    @ParameterizedTest
    @MethodSource({"windows", "others"})
    void badStorage_isAnErrorThatLosesNothing_untilStorageIsWell(Bad bad) throws IOException {
        edit();
        hub.fault(bad.fault());
        String before = sidecar.jvm().output();

        JsonNode report = flush();

        assertThat(report.path("clean").booleanValue())
                .as("clean in %s", report)
                .isFalse();
        JsonNode line = report.path("files").path(0);
        assertThat(line.path("path").asString()).isEqualTo(path);
        assertThat(line.path("result").asString()).isEqualTo("FAILED");
        assertThat(line.path("error").asString())
                .contains("publishing " + path + ": ")
                .contains(bad.reason())
                .contains("stays dirty and readable here")
                .contains("tried again");
        assertThat(hub.hash(bucket, path)).as("what the Hub has").isEqualTo(base.text());
        if (!bad.name().startsWith("commit")) {
            assertThat(storage.knows(MerkleTree.fileHash(Chunker.chunksOf(expected))))
                    .as("the edited file is registered")
                    .isFalse();
        }
        assertThat(read(EDIT, 4_096)).as("the edit").isEqualTo(Arrays.copyOfRange(expected, EDIT, EDIT + 4_096));
        assertThat(read(SIZE, 1_000)).as("the end").isEqualTo(Arrays.copyOfRange(expected, SIZE, SIZE + 1_000));
        JsonNode view = sidecar.api().view(id);
        assertThat(view.path("dirtyFiles").longValue()).isEqualTo(1);
        assertThat(view.path("dirtyBytes").longValue()).isEqualTo(expected.length);
        assertThat(view.path("oldestDirtySeconds").doubleValue()).isPositive();
        assertOneLineForEachTry(sidecar.jvm().output().substring(before.length()));

        hub.clearFaults();
        sidecar.api().awaitClean(id, Duration.ofSeconds(60));
        assertPublished();
    }

    private void assertOneLineForEachTry(String printed) {
        List<String> lines = printed.lines().toList();
        assertThat(lines).as("no stack traces").allMatch(line -> line.matches("\\d{4}-\\d\\d-.*"));
        assertThat(lines.stream().filter(line -> line.contains(" WARN ") || line.contains(" ERROR ")))
                .as("one line for each try that failed")
                .isNotEmpty()
                .allMatch(line -> line.contains("path=\"" + path + "\"") && line.contains("error="));
        assertThat(lines).as("the mount is named").anyMatch(line -> line.contains(path) && line.contains(id));
    }

    private void assertPublished() throws IOException {
        assertThat(hub.hash(bucket, path))
                .isEqualTo(MerkleTree.fileHash(Chunker.chunksOf(expected)).text());
        assertThat(Arrays.equals(hub.content(bucket, path), expected))
                .as("content on the Hub")
                .isTrue();
        assertThat(Arrays.equals(Files.readAllBytes(file), expected))
                .as("content here")
                .isTrue();
    }

    private byte[] read(int position, int length) throws IOException {
        byte[] bytes = new byte[length];
        try (RandomAccessFile reader = new RandomAccessFile(file.toFile(), "r")) {
            reader.seek(position);
            reader.readFully(bytes);
        }
        return bytes;
    }

    static Stream<String> passing() {
        return Stream.of(
                onPath(WINDOWS, 1, "\"cut\",\"bytes\":60"),
                onPath(WINDOWS, 1, rewrite("(?s)^.*$", "<html>busy</html>")),
                onPath(WINDOWS, 1, "\"reset\""),
                onPath(WINDOWS, 0, rewrite(VERIFICATION, "\"gapVerification\":[]")), // as of a file without any
                onPath(WINDOWS, 0, status(404)), // as of a store that has no such route
                onPath(PLAN, 1, "\"reset\""),
                onPath(DATA, 1, "\"cut\",\"bytes\":70000"),
                onPath(DATA, 1, "\"flip\",\"at\":2"),
                onPath(DATA, 1, "\"reset\""),
                onPath(XORB, 1, "\"reset\""),
                onPath(SHARD, 1, "\"reset\""),
                onPath(SHARD, 1, "\"lose-answer\""),
                onPath(SHARD, 1, status(400)));
    }

    @ParameterizedTest
    @MethodSource("passing")
    void badAnswerThatPasses_isNoErrorAtAll(String fault) throws IOException {
        edit();
        hub.fault(fault);
        JsonNode report = flush();
        assertThat(report.path("clean").booleanValue())
                .as("clean in %s", report)
                .isTrue();
        assertThat(report.path("files").path(0).path("route").asString()).isEqualTo("RANGE");
        hub.clearFaults();
        assertPublished();
    }

    @Test
    void flushThatRunsOutOfTime_tellsWhatStorageFailsWith() throws IOException {
        edit();
        hub.fault(onPath(WINDOWS, 0, rewrite("(?s)^.*$", "<html>busy</html>")));
        HttpReply reply = sidecar.api().post("/v1/mounts/" + id + "/flush", "{\"timeout\":\"PT1S\"}");
        assertThat(reply.status()).isEqualTo(504);
        JsonNode problem = reply.json();
        assertThat(problem.path("code").asString()).isEqualTo("FLUSH_TIMEOUT");
        JsonNode line = problem.path("files").path(0);
        assertThat(line.path("path").asString()).isEqualTo(path);
        assertThat(line.path("result").asString()).isEqualTo("PENDING");
        assertThat(line.path("error").asString())
                .contains("the windows of " + base)
                .contains("not readable");
        hub.clearFaults();
        sidecar.api().awaitClean(id, Duration.ofSeconds(60));
        assertPublished();
    }

    @Test
    void otherClient_seesTheEditThatCameThroughBadStorage() throws IOException {
        edit();
        for (String fault : List.of(
                onPath(WINDOWS, 1, rewrite(VERIFICATION, "\"gapVerification\":[\"$2\",\"$1\"]")),
                onPath(DATA, 1, "\"flip\",\"at\":5000"),
                onPath(SHARD, 2, status(400)))) {
            hub.fault(fault);
        }
        flush();
        sidecar.api().awaitClean(id, Duration.ofSeconds(60));
        Path received = PROCESSES.newDirectory("received-" + count);
        PROCESSES.python(hub.url(), hub.token(), bucket).syncDown(received);
        assertThat(Arrays.equals(Files.readAllBytes(received.resolve(path)), expected))
                .isTrue();
    }
}
