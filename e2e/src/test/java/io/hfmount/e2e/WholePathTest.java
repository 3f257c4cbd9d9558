package io.hfmount.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.e2e.live.Command;
import io.hfmount.e2e.live.DemoProcess;
import io.hfmount.e2e.live.LiveProcesses;
import io.hfmount.e2e.live.PythonClient;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** From the demo's mount to another client's disk, and back. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WholePathTest {
    private static final int MIB = 1 << 20;
    /** Poll interval and attribute life of a mount without options, with time for a busy machine. */
    private static final Duration SEEN_WITHIN = Duration.ofSeconds(75);

    @RegisterExtension
    final LiveProcesses processes = LiveProcesses.ofTest();

    @Test
    void everydayChanges_arriveAtAnotherClientAndComeBack() throws Exception {
        DemoProcess demo = processes.demo();
        Path mount = demo.mount();
        Path mirror = processes.newDirectory("mirror");
        Path received = processes.newDirectory("received");
        PythonClient client = processes.python(demo.hubUrl(), demo.token(), demo.bucket());

        writeRandom(mirror.resolve("large.bin"), 64);
        smallFiles(mirror.resolve("tree"), 500);
        Command.shell("cp -r " + mirror + "/. " + mount).runs();
        for (Path side : new Path[] {mirror, mount}) {
            editByRename(side.resolve("tree/d3/f3.txt"), "a whole new text\n");
            Command.of("sed", "-i", "s/file/FILE/g", side + "/tree/d4/f4.txt").runs();
            Files.move(side.resolve("tree/d5"), side.resolve("tree/renamed"));
            Files.move(
                    side.resolve("tree/d6/f6.txt"),
                    side.resolve("tree/d7/f7.txt"),
                    StandardCopyOption.REPLACE_EXISTING);
            Files.delete(side.resolve("tree/d8/f8.txt"));
            Files.createDirectories(side.resolve("short/lived"));
            Files.delete(side.resolve("short/lived"));
            Files.delete(side.resolve("short"));
        }
        demo.api().flush(demo.mountId());
        assertThat(demo.api().view(demo.mountId()).path("dirtyFiles").longValue())
                .isZero();

        client.syncDown(received);
        Command.of("diff", "-r", mirror.toString(), received.toString()).runs();
        Command.of("diff", "-r", mirror.toString(), mount.toString()).runs();

        Files.writeString(received.resolve("tree/d9/f9.txt"), "version two, made elsewhere\n");
        Files.writeString(received.resolve("tree/new elsewhere.txt"), "new\n");
        Files.delete(received.resolve("tree/d10/f10.txt"));
        client.syncUp(received);
        Awaitility.await("the mount shows what another client did")
                .atMost(SEEN_WITHIN)
                .pollInterval(Duration.ofMillis(500))
                .untilAsserted(() -> {
                    assertThat(mount.resolve("tree/new elsewhere.txt")).hasContent("new\n");
                    assertThat(mount.resolve("tree/d9/f9.txt")).hasContent("version two, made elsewhere\n");
                    assertThat(mount.resolve("tree/d10/f10.txt")).doesNotExist();
                });
        Command.of("diff", "-r", received.toString(), mount.toString()).runs();

        demo.jvm().signal("TERM");
        assertThat(demo.jvm().awaitExit(Duration.ofSeconds(60))).isZero();
        assertThat(mount).isEmptyDirectory();
    }

    @Test
    @Tag("slow")
    void quarterGigabyte_isWrittenPublishedAndReadBackByAnotherClient() throws Exception {
        DemoProcess demo = processes.demo();
        Path original = processes.newDirectory("original").resolve("model.safetensors");
        writeRandom(original, 256);
        Command.of("cp", original.toString(), demo.mount().toString()).runs();
        demo.api().flush(demo.mountId());

        Path received = processes.newDirectory("received");
        processes.python(demo.hubUrl(), demo.token(), demo.bucket()).syncDown(received);
        assertThat(Files.mismatch(original, received.resolve("model.safetensors")))
                .isEqualTo(-1);
        assertThat(Files.mismatch(original, demo.mount().resolve("model.safetensors")))
                .isEqualTo(-1);
    }

    private static void writeRandom(Path file, int mebibytes) throws IOException {
        Random random = new Random(mebibytes);
        byte[] block = new byte[MIB];
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int i = 0; i < mebibytes; i++) {
                random.nextBytes(block);
                // A part that repeats, as in real files.
                Arrays.fill(block, 0, MIB / 4, (byte) i);
                out.write(block);
            }
        }
    }

    private static void smallFiles(Path root, int count) throws IOException {
        Random random = new Random(count);
        for (int i = 0; i < count; i++) {
            Path directory = Files.createDirectories(root.resolve("d" + i % 25));
            byte[] noise = new byte[random.nextInt(3000)];
            random.nextBytes(noise);
            Files.write(directory.resolve("f" + i + ".txt"), ("file " + i + "\n" + Arrays.toString(noise)).getBytes());
        }
    }

    /** As editors save: a new file beside the old one takes its name. */
    private static void editByRename(Path file, String text) throws IOException {
        Path draft = file.resolveSibling("." + file.getFileName() + ".swp");
        Files.writeString(draft, text);
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
