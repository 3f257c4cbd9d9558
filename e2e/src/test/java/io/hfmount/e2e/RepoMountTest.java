package io.hfmount.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.e2e.live.Command;
import io.hfmount.e2e.live.ControlApi;
import io.hfmount.e2e.live.HttpReply;
import io.hfmount.e2e.live.HubProcess;
import io.hfmount.e2e.live.LiveProcesses;
import io.hfmount.e2e.live.PythonClient;
import io.hfmount.e2e.live.SidecarProcess;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Repos that the real Python client filled, mounted by the sidecar: the same bytes, read-only, following the branch. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RepoMountTest {
    private static final String SCRIPT = "src/test/python/repo_client.py";
    private static final String REPO = HubProcess.USER + "/corpus";
    /** Token of another user. */
    private static final String BOB = "hf_bobs0token0of0this0test";

    private static final Duration SOON = Duration.ofSeconds(60);

    @RegisterExtension
    final LiveProcesses processes = LiveProcesses.ofTest();

    private HubProcess hub;
    private SidecarProcess sidecar;
    private Path seed;

    @BeforeEach
    void start() throws IOException {
        hub = processes.hub("--user", "bob=" + BOB);
        sidecar = processes.sidecar(hub);
        seed = processes.newDirectory("seed");
        Files.writeString(seed.resolve("README.md"), "a plain file\n");
        Files.createFile(seed.resolve("empty"));
        Files.createDirectories(seed.resolve("raw/deep"));
        Files.write(seed.resolve("raw/model.bin"), bytes(1, 3_000_017));
        Files.write(seed.resolve("raw/deep/ümläut 100%.bin"), bytes(2, 70_001));
        Files.writeString(seed.resolve("raw/notes.txt"), "line\n".repeat(700_000)); // plain text of several blocks
        python("create");
        python("up", seed.toString());
    }

    private static byte[] bytes(int randomSeed, int length) {
        byte[] bytes = new byte[length];
        new Random(randomSeed).nextBytes(bytes);
        return bytes;
    }

    private void python(String... arguments) throws IOException {
        List<String> words = new ArrayList<>(List.of(
                PythonClient.interpreter(), Path.of(SCRIPT).toAbsolutePath().toString(), "dataset", REPO));
        words.addAll(Arrays.asList(arguments));
        Command.of(words.toArray(String[]::new))
                .with("HF_ENDPOINT", hub.url())
                .with("HF_TOKEN", hub.token())
                .with("HF_HOME", processes.newDirectory("hf-home").toString())
                .with("HF_HUB_DISABLE_TELEMETRY", "1")
                .with("HF_HUB_DISABLE_PROGRESS_BARS", "1")
                .with("TMPDIR", processes.directory().toString())
                .with("NO_PROXY", "127.0.0.1,localhost")
                .with("no_proxy", "127.0.0.1,localhost")
                .with("PYTHONIOENCODING", "utf-8")
                .with("PYTHONDONTWRITEBYTECODE", "1")
                .within(Duration.ofMinutes(2))
                .runs();
    }

    private Path mount(String name, String source, Map<String, ?> options) throws IOException {
        Path point = processes.newDirectory(name);
        sidecar.api().mounted(ControlApi.mountRequest(source, point, options));
        return point;
    }

    private static void assertSame(Path expected, Path mounted) {
        Command.of("diff", "-r", expected.toString(), mounted.toString()).runs();
    }

    @Test
    void mountedRepo_isTheSeed_wholeOrInPart_andRefusesWrites() throws Exception {
        Path point = mount("whole", "hf://datasets/" + REPO, Map.of());
        assertSame(seed, point);
        assertSame(seed, point); // from the caches
        assertSame(seed.resolve("raw"), mount("part", "hf://datasets/" + REPO + "@main/raw", Map.of()));
        try (RandomAccessFile file =
                new RandomAccessFile(point.resolve("raw/notes.txt").toFile(), "r")) {
            byte[] tail = new byte[5];
            file.seek(file.length() - tail.length);
            file.readFully(tail);
            assertThat(tail).asString().isEqualTo("line\n");
        }

        for (String write : List.of("echo x > README.md", "echo x >> empty", "touch new", "rm README.md", "mkdir d")) {
            assertThat(Command.shell("cd '" + point + "' && " + write).run())
                    .as(write)
                    .satisfies(ended -> assertThat(ended.exit()).isNotZero())
                    .satisfies(ended -> assertThat(ended.output()).contains("Read-only file system"));
        }
        assertThatThrownBy(() -> Files.move(point.resolve("README.md"), point.resolve("moved")))
                .isInstanceOf(FileSystemException.class);
        assertSame(seed, point);
    }

    @Test
    void branchThatMoves_isFollowed_whileOpenFilesAndCommitsStay() throws Exception {
        Path point = mount("branch", "hf://datasets/" + REPO, Map.of("pollInterval", "PT1S"));
        python("branch", "frozen");
        Path frozen = mount("frozen", "hf://datasets/" + REPO + "@frozen", Map.of("pollInterval", "PT1S"));
        assertSame(seed, point);
        Path before = processes.newDirectory("before");
        Command.of("cp", "-r", seed + "/.", before.toString()).runs();
        try (RandomAccessFile reader =
                new RandomAccessFile(point.resolve("README.md").toFile(), "r")) {
            Files.writeString(seed.resolve("README.md"), "another version of it\n");
            Files.writeString(seed.resolve("new.txt"), "came later\n");
            Files.write(seed.resolve("raw/model.bin"), bytes(3, 2_500_000));
            Files.delete(seed.resolve("raw/notes.txt"));
            python("up", seed.toString());

            Awaitility.await("the commit is seen").atMost(SOON).untilAsserted(() -> assertSame(seed, point));
            assertThat(reader.length()).isPositive();
        }
        assertSame(before, frozen);
    }

    /** Options of a mount by another user. */
    private Map<String, Object> asBob() throws IOException {
        Path token = processes.directory().resolve("bob.token");
        Files.writeString(token, BOB);
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
        return Map.of("tokenFile", token.toString(), "pollInterval", "PT1S", "metadataTtl", "PT0.2S");
    }

    @Test
    void gatedOrPrivateRepo_isRefusedToOthers_withWhatToDo() throws IOException {
        Path point = processes.newDirectory("others");
        Map<String, Object> request = ControlApi.mountRequest("hf://datasets/" + REPO, point, asBob());
        hub.settings("datasets/" + REPO, "{\"gated\":\"manual\"}");
        HttpReply gated = sidecar.api().mount(request);
        assertThat(gated.status()).isEqualTo(403);
        assertThat(gated.json().path("code").asString()).isEqualTo("GATED_REPO");
        assertThat(gated.json().path("detail").asString()).contains(REPO).contains("ask for access");

        hub.settings("datasets/" + REPO, "{\"private\":true}");
        HttpReply hidden = sidecar.api().mount(request);
        assertThat(hidden.status()).isEqualTo(404);
        assertThat(hidden.json().path("code").asString()).isEqualTo("UNKNOWN_REPO");
        assertThat(hidden.json().path("detail").asString()).contains(REPO).contains("private");

        assertSame(seed, mount("own", "hf://datasets/" + REPO, Map.of()));
        assertThat(sidecar.api().get("/v1/mounts").json()).hasSize(1);
    }

    @Test
    void repoThatIsClosedToTheUserWhileMounted_isAnErrnoUntilItIsOpenAgain() throws IOException {
        Path point = processes.newDirectory("closed");
        String id = sidecar.api().mounted(ControlApi.mountRequest("hf://datasets/" + REPO, point, asBob()));
        assertThat(point.resolve("README.md")).hasContent("a plain file\n");
        Command.of("ls", "-l", point.resolve("raw").toString()).runs();

        hub.settings("datasets/" + REPO, "{\"gated\":\"manual\"}");
        assertThat(Command.of("cat", point.resolve("raw/notes.txt").toString()).run())
                .satisfies(ended -> assertThat(ended.exit()).isNotZero())
                .satisfies(ended -> assertThat(ended.output()).contains("Permission denied"));
        assertThat(point.resolve("README.md")).as("what is here already").hasContent("a plain file\n");
        assertThat(sidecar.api().view(id).path("state").asString()).isEqualTo("READY");

        hub.settings("datasets/" + REPO, "{\"gated\":false}");
        Awaitility.await("the repo is open again").atMost(SOON).untilAsserted(() -> assertSame(seed, point));
    }

    @Test
    void whatCannotBeMounted_isAProblemThatSaysSo() throws IOException {
        Map<String, List<Object>> problems = new LinkedHashMap<>();
        problems.put("hf://datasets/" + HubProcess.USER + "/absent", List.of(404, "UNKNOWN_REPO"));
        problems.put("hf://" + REPO, List.of(404, "UNKNOWN_REPO")); // a model of that name
        problems.put("hf://datasets/" + REPO + "@nowhere", List.of(404, "UNKNOWN_REVISION"));
        Path point = processes.newDirectory("refused");
        problems.forEach((source, expected) -> {
            HttpReply reply = sidecar.api().mount(ControlApi.mountRequest(source, point, Map.of()));
            assertThat(List.of(reply.status(), reply.json().path("code").asString()))
                    .as(source)
                    .isEqualTo(expected);
        });
        Map<String, Object> staged =
                new LinkedHashMap<>(ControlApi.mountRequest("hf://datasets/" + REPO, point, Map.of()));
        staged.put("mode", "staged");
        HttpReply reply = sidecar.api().mount(staged);
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.json().path("code").asString()).isEqualTo("READ_ONLY_SOURCE");
    }
}
