package io.hfmount.agent.staging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The private directory of staging files and the files in it (mount-semantics §1.6 S1, S2). */
@Timeout(60)
class StagingAreaTest {
    @TempDir
    Path directory;

    @Test
    void directoriesAndFiles_arePrivate() throws IOException {
        try (StagingArea area = StagingArea.open(directory.resolve("new/area"))) {
            StagingFile file = area.create();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.path())))
                    .isEqualTo("rw-------");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(area.directory())))
                    .isEqualTo("rwx------");
            assertThat(file.path().getFileName().toString()).matches("[0-9a-f]{32}");
            file.release();
            assertThat(file.path()).doesNotExist();
        }
    }

    @Test
    void writeThatFails_countsForNothing() throws IOException {
        try (StagingArea area = StagingArea.open(directory)) {
            StagingFile file = area.create();
            assertThatThrownBy(() -> file.write(Long.MAX_VALUE - 1, ByteBuffer.allocate(2)))
                    .isInstanceOf(IOException.class);
            assertThat(file.length()).isZero();
            assertThat(area.bytes()).isZero();
            file.release();
        }
    }

    @Test
    void directoryInUse_isRefusedUntilItIsGivenUp() throws IOException {
        StagingArea first = StagingArea.open(directory);
        assertThatThrownBy(() -> StagingArea.open(directory))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("in use by another mount");
        first.close();
        StagingArea.open(directory).close();
    }

    @Test
    @SuppressWarnings("EmptyTryBlock")
    void directoryLockedByAnotherProcess_isRefused() throws Exception {
        StagingArea.open(directory).close();
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        LockHolder.class.getName(),
                        directory.resolve("LOCK").toString())
                .redirectErrorStream(true)
                .start();
        try {
            assertThat(other.inputReader().readLine()).isEqualTo("locked");
            assertThatThrownBy(() -> StagingArea.open(directory))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("in use by another mount");
        } finally {
            other.getOutputStream().close();
            other.waitFor();
        }
        StagingArea.open(directory).close();
    }

    /** Holds a lock until its input ends. */
    static final class LockHolder {
        public static void main(String[] args) throws IOException {
            try (FileChannel channel = FileChannel.open(Path.of(args[0]), StandardOpenOption.WRITE)) {
                channel.lock();
                System.out.println("locked");
                while (System.in.read() >= 0) {}
            }
        }
    }

    @Test
    void leftovers_areSetAsideAndEmptyOnesRemoved() throws IOException {
        Path data = Files.createDirectories(directory.resolve("data"));
        Files.writeString(data.resolve("left"), "precious");
        Files.createFile(data.resolve("empty"));
        try (StagingArea area = StagingArea.open(directory)) {
            assertThat(area.directory()).isEmptyDirectory();
            assertThat(area.bytes()).isZero();
        }
        assertThat(directory.resolve("lost+found/left")).hasContent("precious");
        assertThat(directory.resolve("lost+found/empty")).doesNotExist();
    }

    @Test
    void unpublishedFiles_stayOnDiskWithAListOfTheirPaths() throws IOException {
        try (StagingArea area = StagingArea.open(directory)) {
            StagingFile file = area.create();
            SealTest.write(file, 0, new byte[] {1, 2, 3});
            file.keepOnDisk();
            file.release();
            area.recordUnpublished(List.of());
            area.recordUnpublished(List.of(new StagingArea.Unpublished("d/ta\tb\nc\\", file.path(), 3, null)));
            assertThat(file.path()).hasBinaryContent(new byte[] {1, 2, 3});
            try (Stream<Path> files = Files.list(area.directory())) {
                Path list = files.filter(f -> f.toString().endsWith(".tsv"))
                        .findFirst()
                        .orElseThrow();
                assertThat(list).hasContent(file.path().getFileName() + "\t3\td/ta\\tb\\nc\\\\\n");
            }
        }
        StagingArea.open(directory).close();
        try (Stream<Path> files = Files.list(directory.resolve("lost+found"))) {
            assertThat(files).as("the bytes and their list").hasSize(2);
        }
    }

    @Test
    void interruptedThread_readsAndWritesAllTheSame() throws Exception {
        try (StagingArea area = StagingArea.open(directory)) {
            StagingFile file = area.create();
            AtomicReference<Throwable> failure = new AtomicReference<>();
            Thread thread = new Thread(() -> {
                try {
                    for (int i = 0; i < 20; i++) {
                        Thread.currentThread().interrupt();
                        SealTest.write(file, i, new byte[] {(byte) i});
                        assertThat(Thread.currentThread().isInterrupted()).isTrue();
                        ByteBuffer one = ByteBuffer.allocate(1);
                        assertThat(file.read(i, one)).isEqualTo(1);
                        assertThat(one.get(0)).isEqualTo((byte) i);
                        assertThat(Thread.currentThread().isInterrupted()).isTrue();
                    }
                    file.truncate(7);
                } catch (Throwable t) {
                    failure.set(t);
                }
            });
            thread.start();
            thread.join();
            assertThat(failure).hasNullValue();
            assertThat(file.length()).isEqualTo(7);
            file.release();
        }
    }

    @Test
    void interruptsInTheMiddleOfIo_doNotDisturbOtherThreads() throws Exception {
        try (StagingArea area = StagingArea.open(directory)) {
            StagingFile file = area.create();
            SealTest.write(file, 0, new byte[1 << 20]);
            AtomicReference<Throwable> failure = new AtomicReference<>();
            CountDownLatch started = new CountDownLatch(2);
            List<Thread> readers = Stream.generate(() -> new Thread(() -> {
                        try {
                            started.countDown();
                            for (int i = 0; i < 300; i++) {
                                if (file.read(0, ByteBuffer.allocate(1 << 20)) != 1 << 20) {
                                    throw new AssertionError("short");
                                }
                            }
                        } catch (Throwable t) {
                            failure.set(t);
                        }
                    }))
                    .limit(2)
                    .toList();
            readers.forEach(Thread::start);
            started.await();
            while (readers.getFirst().isAlive()) {
                readers.getFirst().interrupt();
                Thread.onSpinWait();
            }
            for (Thread reader : readers) {
                reader.join();
            }
            assertThat(failure).hasNullValue();
            file.release();
        }
    }

    @Test
    void readPastTheEnd_isShort() throws IOException {
        try (StagingArea area = StagingArea.open(directory)) {
            StagingFile file = area.create();
            SealTest.write(file, 5, new byte[] {9});
            ByteBuffer all = ByteBuffer.allocate(10);
            assertThat(file.read(0, all)).isEqualTo(6);
            assertThat(all.array()).isEqualTo(new byte[] {0, 0, 0, 0, 0, 9, 0, 0, 0, 0});
            assertThat(file.read(6, ByteBuffer.allocate(1))).isZero();
            file.release();
        }
    }

    @Test
    void truncationOfARemovedFile_fails() throws IOException {
        try (StagingArea area = StagingArea.open(directory)) {
            StagingFile file = area.create();
            Files.delete(file.path());
            assertThat(file.exists()).isFalse();
            assertThatThrownBy(() -> file.truncate(5)).isInstanceOf(NoSuchFileException.class);
            assertThat(file.path()).doesNotExist();
            file.release();
        }
    }
}
