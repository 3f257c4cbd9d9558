package io.hfmount.agent.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ReadChannelsTest {
    @TempDir
    Path directory;

    private Path file(int number, int length) throws IOException {
        byte[] bytes = new byte[length];
        new SplittableRandom(number).nextBytes(bytes);
        return Files.write(directory.resolve("file-" + number), bytes);
    }

    private static byte[] read(ReadChannels channels, Path file, long position, int length) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(length);
        channels.read(file, position, target);
        assertThat(target.hasRemaining()).isFalse();
        return target.array();
    }

    @Test
    void filesKeptOpen_areBounded_andAllStayReadable() throws Exception {
        try (ReadChannels channels = new ReadChannels(3)) {
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < 10; i++) {
                    Path file = file(i, 1_000);
                    byte[] whole = Files.readAllBytes(file);
                    assertThat(read(channels, file, 0, 1_000)).isEqualTo(whole);
                    assertThat(channels.count()).isBetween(1, 3);
                }
            }
        }
    }

    @Test
    void replacedFile_isReadAnew_onceForgotten() throws Exception {
        try (ReadChannels channels = new ReadChannels(3)) {
            Path file = file(1, 100);
            read(channels, file, 0, 100);
            Path other = file(2, 100);
            Files.move(other, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);

            channels.forget(file);

            assertThat(read(channels, file, 0, 100)).isEqualTo(Files.readAllBytes(file));
            assertThat(channels.count()).isEqualTo(1);
        }
    }

    @Test
    void shortAndMissingFiles_fail() throws Exception {
        try (ReadChannels channels = new ReadChannels(3)) {
            Path file = file(1, 100);
            assertThatThrownBy(() -> read(channels, file, 50, 51)).isInstanceOf(EOFException.class);
            Path none = directory.resolve("none");
            assertThatThrownBy(() -> read(channels, none, 0, 1)).isInstanceOf(NoSuchFileException.class);
            assertThat(channels.count()).isZero();
        }
    }

    @Test
    void readersThatAreInterrupted_disturbNobody_andStayInterrupted() throws Exception {
        Path file = file(1, 4 << 20);
        byte[] whole = Files.readAllBytes(file);
        AtomicBoolean stop = new AtomicBoolean();
        try (ReadChannels channels = new ReadChannels(1);
                ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread::new)) {
            Thread victim = new Thread(() -> {
                while (!stop.get()) {
                    try {
                        read(channels, file, 0, 1 << 20);
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                }
            });
            victim.start();
            List<Future<Integer>> readers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                int at = i << 20;
                Callable<Integer> reader = () -> {
                    int good = 0;
                    for (int n = 0; n < 200; n++) {
                        victim.interrupt();
                        byte[] expected = java.util.Arrays.copyOfRange(whole, at, at + (1 << 20));
                        good += java.util.Arrays.equals(read(channels, file, at, 1 << 20), expected) ? 1 : 0;
                    }
                    return good;
                };
                readers.add(threads.submit(reader));
            }
            for (Future<Integer> reader : readers) {
                assertThat(reader.get()).isEqualTo(200);
            }
            victim.interrupt();
            stop.set(true);
            victim.join();
            Thread.currentThread().interrupt();
            assertThat(read(channels, file, 1, 2)).containsExactly(whole[1], whole[2]);
            assertThat(Thread.interrupted()).isTrue();
        }
    }
}
