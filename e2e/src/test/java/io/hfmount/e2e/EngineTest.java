package io.hfmount.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.e2e.live.Command;
import io.hfmount.e2e.live.ControlApi;
import io.hfmount.e2e.live.HubProcess;
import io.hfmount.e2e.live.KernelMounts;
import io.hfmount.e2e.live.LiveProcesses;
import io.hfmount.e2e.live.SidecarProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Both engines in the real process: what is asked for, what is reported, and how mounts end. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EngineTest {
    private static final Map<String, String> HELD = Map.of("flushDebounce", "PT10M", "flushMaxBatchWindow", "PT10M");
    private static final Duration END = Duration.ofSeconds(60);

    @RegisterExtension
    static final LiveProcesses SHARED = LiveProcesses.ofClass();

    private static HubProcess hub;
    private static int buckets;

    @RegisterExtension
    final LiveProcesses processes = LiveProcesses.ofTest();

    private String bucket;
    private Path mountPoint;

    @BeforeAll
    static void startHub() throws IOException {
        hub = SHARED.hub();
    }

    @BeforeEach
    void createBucket() throws IOException {
        bucket = hub.createBucket("engine-" + buckets++);
        mountPoint = processes.newDirectory("mount");
    }

    private Map<String, Object> request(String transport, Map<String, ?> options) {
        Map<String, Object> request = ControlApi.mountRequest("hf://buckets/" + bucket, mountPoint, options);
        if (!transport.isEmpty()) {
            request.put("transport", transport);
        }
        return request;
    }

    @Test
    void libfuse_everydayChangesArriveAtTheOfficialClient_andTheSignalEndsWell() throws Exception {
        SidecarProcess sidecar = processes.sidecar(hub);
        String id = sidecar.api().mounted(request("jnr-fuse", Map.of()));
        JsonNode view = sidecar.api().view(id);
        assertThat(view.path("transport").asString()).isEqualTo("jnr-fuse");
        assertThat(view.path("engine").path("name").asString()).isEqualTo("jnr-fuse");
        assertThat(view.path("engine").path("protocol").asString()).isEqualTo("7.19");
        assertThat(view.path("engine").path("maxWrite").intValue()).isEqualTo(131_072);
        assertThat(view.path("engine").path("flags").toString()).contains("BIG_WRITES", "attr_timeout=1.000");

        Path mirror = processes.newDirectory("mirror");
        byte[] large = new byte[3_000_000];
        new Random(5).nextBytes(large);
        for (Path side : new Path[] {mirror, mountPoint}) {
            Files.createDirectories(side.resolve("a/b"));
            Files.write(side.resolve("a/large.bin"), large);
            Files.writeString(side.resolve("a/b/ümlaut.txt"), "one\n");
            Files.writeString(side.resolve("a/b/ümlaut.txt"), "two\n", StandardOpenOption.APPEND);
            Files.writeString(side.resolve("gone.txt"), "gone");
            Files.delete(side.resolve("gone.txt"));
            Files.writeString(side.resolve("new.txt"), "new");
            Files.writeString(side.resolve("old.txt"), "old");
            Files.move(side.resolve("new.txt"), side.resolve("old.txt"), StandardCopyOption.REPLACE_EXISTING);
            Files.move(side.resolve("a/b"), side.resolve("moved"));
            Command.of("sed", "-i", "s/one/ONE/", side + "/moved/ümlaut.txt").runs();
            try (OutputStream unlinked = Files.newOutputStream(side.resolve("unlinked.txt"))) {
                Files.delete(side.resolve("unlinked.txt"));
                unlinked.write("nobody's".getBytes(StandardCharsets.UTF_8));
            }
        }
        Command.of("diff", "-r", mirror.toString(), mountPoint.toString()).runs();
        sidecar.api().flush(id);

        Path received = processes.newDirectory("received");
        processes.python(hub.url(), hub.token(), bucket).syncDown(received);
        Command.of("diff", "-r", mirror.toString(), received.toString()).runs();
        assertThat(hub.files(bucket)).containsOnlyKeys("a/large.bin", "moved/ümlaut.txt", "old.txt");

        Files.writeString(mountPoint.resolve("last.txt"), "until the signal");
        sidecar.jvm().signal("TERM");
        assertThat(sidecar.jvm().awaitExit(END)).isZero();
        assertThat(KernelMounts.below(processes.directory())).isEmpty();
        assertThat(hub.text(bucket, "last.txt")).isEqualTo("until the signal");
    }

    @ParameterizedTest
    @CsvSource({"fuse", "jnr-fuse"})
    void signalWithAnOpenFile_publishesWhatWasWrittenAndDetaches(String transport) throws Exception {
        SidecarProcess sidecar = processes.sidecar(hub);
        sidecar.api().mounted(request(transport, HELD));
        try (OutputStream open = Files.newOutputStream(mountPoint.resolve("open.txt"))) {
            open.write("written, not closed".getBytes(StandardCharsets.UTF_8));
            sidecar.jvm().signal("TERM");
            assertThat(sidecar.jvm().awaitExit(END)).isZero();
            assertThat(KernelMounts.below(processes.directory())).isEmpty();
            assertThat(hub.text(bucket, "open.txt")).isEqualTo("written, not closed");
            assertThatThrownBy(() -> open.write(1)).isInstanceOf(IOException.class);
        } catch (IOException closingADeadFile) {
            assertThat(closingADeadFile).hasMessageContaining("not connected");
        }
    }

    @ParameterizedTest
    @CsvSource({"jnr-fuse,fuse", "fuse,jnr-fuse"})
    void killedProcess_leavesADeadMountThatTheNextDetaches(String killed, String next) throws Exception {
        SidecarProcess first = processes.sidecar(hub);
        String id = first.api().mounted(request(killed, Map.of()));
        Files.writeString(mountPoint.resolve("published.txt"), "published before the crash");
        first.api().flush(id);
        first.jvm().kill();
        assertThat(KernelMounts.isMounted(mountPoint)).isTrue();
        assertThatThrownBy(() -> Files.readString(mountPoint.resolve("published.txt")))
                .isInstanceOf(FileSystemException.class);

        SidecarProcess second = processes.sidecar(hub);
        second.api().mounted(request(next, Map.of()));
        assertThat(mountPoint.resolve("published.txt")).hasContent("published before the crash");
        assertThat(KernelMounts.below(processes.directory())).hasSize(1);
    }

    @Test
    void noEngineAskedFor_takesTheKernelsOwnProtocolAndSaysSo() throws Exception {
        SidecarProcess sidecar = processes.sidecar(hub);
        String id = sidecar.api().mounted(request("", Map.of()));
        JsonNode view = sidecar.api().view(id);
        assertThat(view.path("transport").asString()).isEqualTo("fuse");
        assertThat(view.path("engine").path("protocol").asString()).startsWith("7.");
        assertThat(view.path("engine").path("flags").toString()).contains("ATOMIC_O_TRUNC");
        assertThat(view.path("engine").path("maxWrite").intValue()).isGreaterThanOrEqualTo(65_536);

        sidecar.api().mount(request("fuse", Map.of())).expect(200);
        sidecar.api().mount(request("auto", Map.of())).expect(200);
        sidecar.api().mount(request("jnr-fuse", Map.of())).expectProblem(409, "ALREADY_MOUNTED");
        sidecar.api().delete("/v1/mounts/" + id).expect(200);
        sidecar.api()
                .mount(request("jnr-fuse", Map.of("readFetchTimeout", "PT0S")))
                .expectProblem(400, "BAD_OPTION");
    }
}
