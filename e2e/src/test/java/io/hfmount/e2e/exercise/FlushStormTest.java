package io.hfmount.e2e.exercise;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.e2e.live.HubProcess;
import io.hfmount.e2e.live.LiveProcesses;
import io.hfmount.e2e.live.SidecarProcess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Four writers while everything is flushed again and again: each version that is published is one that existed, and the
 * last one is the last.
 */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FlushStormTest {
    private static final int WRITERS = 4;
    private static final int BLOCK = 4096;
    private static final int BLOCKS = 512;
    /** Writers go on until the last flush, or so many writes. */
    private static final int MOST_WRITES = 100_000;

    private static final int FLUSHES = 8;

    @RegisterExtension
    final LiveProcesses processes = LiveProcesses.ofTest();

    private MountedBucket mount;

    @BeforeEach
    void start() throws IOException {
        HubProcess hub = processes.hub();
        SidecarProcess sidecar = processes.sidecar(hub);
        mount = new MountedBucket(
                hub,
                sidecar,
                hub.createBucket("storm"),
                processes.newDirectory("mount"),
                Map.of("sparseMinSize", "1", "flushDebounce", "PT0.05S"));
    }

    @Test
    void fourWritersOfOneFile_publishOnlyStatesThatExisted() throws Exception {
        storm(writer -> "shared.bin");
    }

    @Test
    void fourWritersOfFourFiles_publishOnlyStatesThatExisted() throws Exception {
        storm(writer -> "own-" + writer + ".bin");
    }

    private interface Target {
        String of(int writer);
    }

    private void storm(Target target) throws Exception {
        long seed = Long.getLong("exercise.seed", ThreadLocalRandom.current().nextLong());
        System.out.println("exercise.seed=" + seed);
        List<String> files =
                IntStream.range(0, WRITERS).mapToObj(target::of).distinct().toList();
        for (String file : files) {
            Files.write(mount.file(file), new byte[BLOCKS * BLOCK]);
        }
        mount.flush();
        mount.remount(); // from here on the files are edited without a download

        List<Writer> writers = new ArrayList<>();
        List<Map<String, byte[]>> published = new ArrayList<>();
        AtomicBoolean enough = new AtomicBoolean();
        try (ExecutorService threads = Executors.newFixedThreadPool(WRITERS)) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                Writer writer = new Writer(i, mount.file(target.of(i)), seed);
                writers.add(writer);
                running.add(threads.submit(() -> writer.run(enough)));
            }
            try {
                for (int i = 0; i < FLUSHES; i++) {
                    mount.flushAmidWrites();
                    published.add(contents(files));
                }
            } finally {
                enough.set(true);
            }
            for (Future<?> each : running) {
                each.get();
            }
        }
        mount.flush();
        published.add(contents(files));
        for (Map<String, byte[]> version : published) {
            version.forEach((file, content) -> assertExisted(
                    content,
                    writers.stream()
                            .filter(w -> target.of(w.number).equals(file))
                            .toList()));
        }
        for (String file : files) {
            byte[] local = Files.readAllBytes(mount.file(file));
            assertThat(Arrays.mismatch(local, published.getLast().get(file)))
                    .as("%s, here and on the Hub", file)
                    .isEqualTo(-1);
            assertComplete(
                    local,
                    writers.stream()
                            .filter(w -> target.of(w.number).equals(file))
                            .toList());
        }
        assertThat(mount.view().path("dirtyFiles").longValue()).isZero();
        mount.remount();
        for (String file : files) {
            assertThat(Arrays.mismatch(
                            Files.readAllBytes(mount.file(file)),
                            published.getLast().get(file)))
                    .as("%s after a remount", file)
                    .isEqualTo(-1);
        }
        mount.close();
    }

    private Map<String, byte[]> contents(List<String> files) {
        return files.stream().collect(Collectors.toMap(file -> file, mount::published));
    }

    /** Writes blocks that say who wrote them when. */
    private static final class Writer {
        private final int number;
        private final Path file;
        private final Random random;
        /** Block of each write, in order; read by others after {@link #run} has ended. */
        private final int[] order = new int[MOST_WRITES];

        private int writes;

        Writer(int number, Path file, long seed) {
            this.number = number;
            this.file = file;
            this.random = new Random(seed + number);
        }

        Void run(AtomicBoolean enough) throws IOException {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                while (!enough.get() && writes < MOST_WRITES) {
                    int block = random.nextInt(BLOCKS);
                    order[writes++] = block;
                    channel.write(stamp(number, writes), (long) block * BLOCK);
                }
            }
            return null;
        }
    }

    private static ByteBuffer stamp(int writer, int sequence) {
        ByteBuffer block = ByteBuffer.allocate(BLOCK);
        while (block.hasRemaining()) {
            block.putInt(writer + 1).putInt(sequence);
        }
        return block.flip();
    }

    /** Each block is whole, and of each writer there is a prefix of its writes. */
    private static void assertExisted(byte[] content, List<Writer> writers) {
        assertThat(content).hasSize(BLOCKS * BLOCK);
        int[] by = new int[BLOCKS];
        int[] at = new int[BLOCKS];
        int[] last = new int[WRITERS];
        ByteBuffer bytes = ByteBuffer.wrap(content);
        for (int block = 0; block < BLOCKS; block++) {
            by[block] = bytes.getInt(block * BLOCK) - 1;
            at[block] = bytes.getInt(block * BLOCK + 4);
            if (by[block] >= 0) {
                assertThat(bytes.slice(block * BLOCK, BLOCK))
                        .as("block %d, of writer %d", block, by[block])
                        .isEqualTo(stamp(by[block], at[block]));
                last[by[block]] = Math.max(last[by[block]], at[block]);
            } else {
                assertThat(bytes.slice(block * BLOCK, BLOCK))
                        .as("block %d, which nobody wrote", block)
                        .isEqualTo(ByteBuffer.allocate(BLOCK));
            }
        }
        for (Writer writer : writers) {
            int[] newest = new int[BLOCKS];
            for (int i = 0; i < last[writer.number]; i++) {
                newest[writer.order[i]] = i + 1;
            }
            for (int block = 0; block < BLOCKS; block++) {
                assertThat(by[block] >= 0 || newest[block] == 0)
                        .as("block %d lacks write %d of writer %d", block, newest[block], writer.number)
                        .isTrue();
                if (by[block] == writer.number) {
                    assertThat(at[block])
                            .as("block %d, of writer %d", block, writer.number)
                            .isEqualTo(newest[block]);
                }
            }
        }
    }

    /** Nothing of the last state is missing: every block that was written shows the last write of one who wrote it. */
    private static void assertComplete(byte[] content, List<Writer> writers) {
        assertExisted(content, writers);
        ByteBuffer bytes = ByteBuffer.wrap(content);
        int[][] newest = new int[WRITERS][BLOCKS];
        for (Writer writer : writers) {
            for (int i = 0; i < writer.writes; i++) {
                newest[writer.number][writer.order[i]] = i + 1;
            }
        }
        for (int block = 0; block < BLOCKS; block++) {
            int by = bytes.getInt(block * BLOCK) - 1;
            int at = bytes.getInt(block * BLOCK + 4);
            int b = block;
            boolean written = writers.stream().anyMatch(w -> newest[w.number][b] > 0);
            assertThat(by >= 0).as("block %d was written", block).isEqualTo(written);
            if (by >= 0) {
                assertThat(at).as("block %d, of writer %d", block, by).isEqualTo(newest[by][block]);
            }
        }
    }
}
