package io.hfmount.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.e2e.live.ControlApi;
import io.hfmount.e2e.live.HubProcess;
import io.hfmount.e2e.live.JavaScriptClient;
import io.hfmount.e2e.live.LiveProcesses;
import io.hfmount.e2e.live.SidecarProcess;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A bucket that a mount and the JavaScript client write in turns. */
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class JavaScriptMountTest {
    private static final int SIZE = 3_000_000;

    @RegisterExtension
    final LiveProcesses processes = LiveProcesses.ofTest();

    @Test
    void fileThatTheMountPublished_isReadAndEditedByTheClient_andTheOtherWayRound() throws Exception {
        HubProcess hub = processes.hub();
        String bucket = hub.createBucket("shared");
        JavaScriptClient client = new JavaScriptClient(hub.url(), hub.token());
        Path local = processes.newDirectory("local");
        Path mountPoint = processes.newDirectory("mount");
        SidecarProcess sidecar = processes.sidecar(hub);
        String id = sidecar.api()
                .mounted(ControlApi.mountRequest(
                        "hf://buckets/" + bucket, mountPoint, Map.of("pollInterval", "PT1S", "metadataTtl", "PT0S")));

        byte[] content = new byte[SIZE];
        new Random(1).nextBytes(content);
        Files.write(mountPoint.resolve("of the mount.bin"), content);
        sidecar.api().flush(id);
        Path copy = local.resolve("copy");
        client.download(bucket, "of the mount.bin", copy);
        assertThat(Files.readAllBytes(copy)).isEqualTo(content);

        byte[] patch = new byte[100];
        new Random(2).nextBytes(patch);
        client.edit(bucket, "of the mount.bin", 1_000_000, 1_000_100, Files.write(local.resolve("patch"), patch));
        System.arraycopy(patch, 0, content, 1_000_000, patch.length);
        Path upload = local.resolve("upload");
        Files.write(upload, content);
        client.upload(bucket, upload, "of the client.bin");
        for (String name : new String[] {"of the mount.bin", "of the client.bin"}) {
            Awaitility.await(name)
                    .atMost(Duration.ofSeconds(90))
                    .pollInterval(Duration.ofMillis(500))
                    .untilAsserted(() -> {
                        Path file = mountPoint.resolve(name);
                        assertThat(file).exists();
                        assertThat(Files.mismatch(file, upload)).isEqualTo(-1);
                    });
        }

        try (RandomAccessFile file =
                new RandomAccessFile(mountPoint.resolve("of the client.bin").toFile(), "rw")) {
            file.seek(2_000_000);
            file.write(patch);
        }
        sidecar.api().flush(id);
        System.arraycopy(patch, 0, content, 2_000_000, patch.length);
        client.download(bucket, "of the client.bin", copy);
        assertThat(Files.readAllBytes(copy)).isEqualTo(content);
    }
}
