package io.hfmount.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.e2e.live.ChildJvm;
import io.hfmount.e2e.live.Command;
import io.hfmount.e2e.live.ControlApi;
import io.hfmount.e2e.live.HubProcess;
import io.hfmount.e2e.live.KernelMounts;
import io.hfmount.e2e.live.LiveProcesses;
import io.hfmount.e2e.live.SidecarProcess;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How the sidecar begins and ends: signals, crashes, unmounts from outside, declared mounts, tokens. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LifecycleTest {
    private static final Map<String, String> HELD = Map.of("flushDebounce", "PT10M", "flushMaxBatchWindow", "PT10M");
    private static final Duration END = Duration.ofSeconds(60);
    private static final String BATCH_FAILS = """
            {"method":"POST","route":"/api/buckets/{ns}/{name}/batch","count":0,"action":"status","status":500}""";

    @RegisterExtension
    final LiveProcesses processes = LiveProcesses.ofTest();

    private HubProcess hub;
    private String bucket;
    private Path mountPoint;

    @BeforeEach
    void startHub() throws IOException {
        hub = processes.hub();
        bucket = hub.createBucket("life");
        mountPoint = processes.newDirectory("mount");
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT"})
    void signal_publishesUnmountsAndEndsWell(String signal) throws Exception {
        SidecarProcess sidecar = processes.sidecar(hub);
        Path second = processes.newDirectory("second");
        String other = hub.createBucket("life-2");
        mounted(sidecar, bucket, mountPoint, HELD);
        mounted(sidecar, other, second, HELD);
        Files.writeString(mountPoint.resolve("dirty.txt"), "dirty until the signal");
        Files.writeString(second.resolve("too.txt"), "in the other mount");
        assertThat(hub.files(bucket)).isEmpty();

        sidecar.jvm().signal(signal);
        assertThat(sidecar.jvm().awaitExit(END)).isZero();
        assertThat(KernelMounts.below(processes.directory())).isEmpty();
        assertThat(hub.text(bucket, "dirty.txt")).isEqualTo("dirty until the signal");
        assertThat(hub.text(other, "too.txt")).isEqualTo("in the other mount");
    }

    @Test
    void signalWhileTheHubFails_endsWithThreeAndKeepsTheBytes() throws Exception {
        SidecarProcess sidecar = processes.sidecar(hub);
        Map<String, Object> options = new HashMap<>(HELD);
        options.put("flushShutdownTimeout", "PT2S");
        mounted(sidecar, bucket, mountPoint, options);
        Files.writeString(mountPoint.resolve("unlucky.txt"), "the only copy of these words");
        hub.fault(BATCH_FAILS);

        sidecar.jvm().signal("TERM");
        assertThat(sidecar.jvm().awaitExit(END)).isEqualTo(3);
        assertThat(KernelMounts.isMounted(mountPoint)).isFalse();
        assertThat(sidecar.jvm().output()).contains("stayed unpublished", "unlucky.txt");
        assertThat(Retained.filesWith(processes.directory().resolve("data"), "the only copy of these words"))
                .isNotEmpty();
        hub.clearFaults();
        assertThat(hub.files(bucket)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--hfmount.port=high",
                "--hfmount.prot=1",
                "--hfmount.endpoint=ftp://x",
                "--hfmount.address=0.0.0.0",
                "--hfmount.mounts[0].source=hf://nonsense"
            })
    void badOption_endsWithTwoAndNamesIt(String option) throws Exception {
        ChildJvm sidecar = processes.launch(processes.settings(hub.url(), option), Map.of("HF_TOKEN", hub.token()));
        assertThat(sidecar.awaitExit(END)).isEqualTo(2);
        assertThat(sidecar.output())
                .contains("hf-mount-sidecar: ")
                .contains(option.substring(2, option.contains("[") ? option.indexOf(']') : option.indexOf('=')))
                .doesNotContain("\tat ");
    }

    @Test
    void killedSidecar_leavesADeadMountThatTheNextOneReplaces() throws Exception {
        SidecarProcess first = processes.sidecar(hub);
        mounted(first, bucket, mountPoint, Map.of());
        Files.writeString(mountPoint.resolve("published.txt"), "published before the crash");
        first.api().flush(onlyMount(first));
        first.jvm().kill();
        assertThat(KernelMounts.isMounted(mountPoint)).isTrue();
        assertThatThrownBy(() -> Files.readString(mountPoint.resolve("published.txt")))
                .isInstanceOf(FileSystemException.class);

        SidecarProcess next = processes.sidecar(hub);
        mounted(next, bucket, mountPoint, Map.of());
        assertThat(mountPoint.resolve("published.txt")).hasContent("published before the crash");
        assertThat(KernelMounts.below(processes.directory())).hasSize(1);
    }

    @Test
    void unmountFromOutside_publishesAndEndsTheMount() throws Exception {
        SidecarProcess sidecar = processes.sidecar(hub);
        mounted(sidecar, bucket, mountPoint, HELD);
        Files.writeString(mountPoint.resolve("outside.txt"), "before umount");
        Command.of("umount", mountPoint.toString()).runs();
        Awaitility.await("the mount ends")
                .atMost(END)
                .untilAsserted(
                        () -> assertThat(sidecar.api().get("/v1/mounts").json()).isEmpty());
        assertThat(hub.text(bucket, "outside.txt")).isEqualTo("before umount");
        mounted(sidecar, bucket, mountPoint, Map.of());
        assertThat(mountPoint.resolve("outside.txt")).hasContent("before umount");
    }

    @Test
    void prefixMount_seesAndWritesBelowItsPrefixOnly() throws Exception {
        SidecarProcess sidecar = processes.sidecar(hub);
        String whole = mounted(sidecar, bucket, mountPoint, Map.of());
        Files.createDirectories(mountPoint.resolve("a/b"));
        Files.writeString(mountPoint.resolve("a/b/in.txt"), "in");
        Files.writeString(mountPoint.resolve("a/bc.txt"), "beside");
        sidecar.api().flush(whole);

        Path prefix = processes.newDirectory("prefix");
        String id = mounted(sidecar, bucket + "/a/b", prefix, Map.of());
        assertThat(prefix).isDirectoryContaining(path -> path.endsWith("in.txt"));
        assertThat(prefix.toFile().list()).containsExactly("in.txt");
        Files.writeString(prefix.resolve("new.txt"), "new");
        sidecar.api().flush(id);
        assertThat(hub.files(bucket)).containsOnlyKeys("a/b/in.txt", "a/b/new.txt", "a/bc.txt");
    }

    @Test
    void readOnlyMount_refusesEveryChange() throws Exception {
        SidecarProcess sidecar = processes.sidecar(hub);
        String id = mounted(sidecar, bucket, mountPoint, Map.of());
        Files.createDirectory(mountPoint.resolve("d"));
        Files.writeString(mountPoint.resolve("d/f.txt"), "content");
        sidecar.api().flush(id);

        Path view = processes.newDirectory("view");
        Map<String, Object> request = ControlApi.mountRequest("hf://buckets/" + bucket, view, Map.of());
        request.put("mode", "read-only");
        sidecar.api().mounted(request);
        assertThat(view.resolve("d/f.txt")).hasContent("content");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(view.resolve("d/f.txt"))))
                .isEqualTo("r--r--r--");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(view.resolve("d"))))
                .isEqualTo("r-xr-xr-x");
        for (String change : List.of(
                "echo x > new.txt",
                "echo x >> d/f.txt",
                "truncate -s 0 d/f.txt",
                "rm d/f.txt",
                "mv d/f.txt d/g.txt",
                "mkdir e",
                "rmdir d",
                "chmod 600 d/f.txt",
                "touch d/f.txt",
                "ln -s x link")) {
            Command.Ended ended = Command.shell(change).in(view).run();
            assertThat(ended.exit()).as(change).isNotZero();
            assertThat(ended.output()).as(change).containsIgnoringCase("Read-only file system");
        }
        assertThat(hub.text(bucket, "d/f.txt")).isEqualTo("content");
    }

    @Test
    void declaredMount_makesTheServiceReadyOnceTheHubAnswers() throws Exception {
        int port = Integer.parseInt(hub.url().substring(hub.url().lastIndexOf(':') + 1));
        hub.close();
        SidecarProcess sidecar = processes.sidecar(
                hub,
                "--hfmount.mounts[0].source=hf://buckets/" + bucket,
                "--hfmount.mounts[0].mount-point=" + mountPoint,
                "--hfmount.mounts[0].options.flush-debounce=PT0.5S");
        sidecar.api().get("/actuator/health/readiness").expect(503);
        sidecar.api().get("/actuator/health/liveness").expect(200);
        assertThat(KernelMounts.isMounted(mountPoint)).isFalse();

        HubProcess again = processes.hub(port);
        Awaitility.await("ready")
                .atMost(Duration.ofSeconds(90))
                .untilAsserted(
                        () -> sidecar.api().get("/actuator/health/readiness").expect(200));
        Files.writeString(mountPoint.resolve("declared.txt"), "declared");
        sidecar.api().awaitClean(onlyMount(sidecar), Duration.ofSeconds(30));
        assertThat(again.text(bucket, "declared.txt")).isEqualTo("declared");
    }

    private static String onlyMount(SidecarProcess sidecar) {
        return sidecar.api().get("/v1/mounts").json().get(0).path("id").asString();
    }

    private static String mounted(SidecarProcess sidecar, String source, Path point, Map<String, ?> options) {
        return sidecar.api().mounted(ControlApi.mountRequest("hf://buckets/" + source, point, options));
    }
}
