package io.hfmount.agent.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.agent.vfs.Caller;
import io.hfmount.agent.vfs.MemoryFileSystem;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every engine owes to applications, checked through real mounts of {@link MemoryFileSystem}: the contract of files,
 * then what only a kernel can do. This process serves
 * the mount, so it touches it only by plain I/O on threads that may block; mapped memory and signals are the business of
 * child processes.
 */
public abstract class MountContract extends MountedFixture {
    @Test
    void directoryOf5000Entries_isListedOnceEachAndRemovedRecursively() throws Exception {
        Path directory = Files.createDirectory(mountPoint.resolve("many"));
        for (int i = 0; i < 5_000; i++) {
            Files.createFile(directory.resolve("entry-with-a-longer-name-" + i));
        }

        assertThat(namesIn(directory)).hasSize(5_000).doesNotHaveDuplicates();
        assertThat(run("ls", "-l", directory.toString()).lines().count()).isEqualTo(5_001);
        run("rm", "-r", directory.toString());
        assertThat(directory).doesNotExist();
        assertThat(namesIn(mountPoint)).isEmpty();
    }

    @Test
    void symbolicLink_readAndFollowed_leadsToItsTarget() throws IOException {
        Files.writeString(mountPoint.resolve("file"), "content");
        Path link = Files.createSymbolicLink(mountPoint.resolve("link"), Path.of("file"));

        assertThat(Files.readSymbolicLink(link)).isEqualTo(Path.of("file"));
        assertThat(Files.readString(link)).isEqualTo("content");
    }

    @Test
    void refusals_carryTheirErrno() throws Exception {
        Path directory = Files.createDirectory(mountPoint.resolve("directory"));
        Path file = Files.createFile(directory.resolve("file"));

        assertThatThrownBy(() -> Files.createFile(file)).isInstanceOf(FileAlreadyExistsException.class);
        assertThatThrownBy(() -> Files.createDirectory(directory)).isInstanceOf(FileAlreadyExistsException.class);
        assertThatThrownBy(() -> Files.delete(directory)).isInstanceOf(DirectoryNotEmptyException.class);
        assertThatThrownBy(() -> Files.delete(mountPoint.resolve("absent"))).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> Files.createFile(mountPoint.resolve("n".repeat(256))))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("File name too long");
        Files.createFile(mountPoint.resolve("n".repeat(255)));
        assertThatThrownBy(() -> Files.createFile(file.resolve("below")))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("Not a directory");
        assertThat(fails("mkfifo", mountPoint.resolve("fifo").toString())).contains("not permitted");
        assertThatThrownBy(() -> Files.getFileAttributeView(file, UserDefinedFileAttributeView.class)
                        .list())
                .hasMessageContaining("not supported");
    }

    @Test
    void attributes_setThroughTheMount_areShown() throws Exception {
        Path file = Files.createFile(mountPoint.resolve("file"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-x---"));
        FileTime time = FileTime.from(Instant.parse("2001-02-03T04:05:06.789012345Z"));
        Files.setLastModifiedTime(file, time);

        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString("rwxr-x---"));
        assertThat(Files.getLastModifiedTime(file)).isEqualTo(time);
        assertThat(run("stat", "-c", "%a %s %u %F", file.toString()).strip())
                .isEqualTo("750 0 " + run("id", "-u").strip() + " regular empty file");
        run("touch", "-d", "1969-12-31T23:00:00Z", file.toString());
        assertThat(Files.getLastModifiedTime(file).toInstant()).isEqualTo(Instant.parse("1969-12-31T23:00:00Z"));
        run("touch", file.toString());
        assertThat(Files.getLastModifiedTime(file).toInstant())
                .isAfter(Instant.now().minus(Duration.ofMinutes(1)));
        assertThat(run("stat", "-f", "-c", "%l", mountPoint.toString()).strip()).isEqualTo("255");
    }

    @Test
    void mappedFile_inAnotherProcess_isReadAndWritten() throws Exception {
        byte[] content = randomBytes(3 * MIB + 17);
        Path file = Files.write(mountPoint.resolve("mapped"), content);

        String sum = runClient("mapped-checksum", file.toString()).strip();
        assertThat(sum).isEqualTo(String.valueOf(java.util.Arrays.hashCode(content)));

        runClient("mapped-fill", file.toString(), String.valueOf(MIB - 5), "10", "90");
        java.util.Arrays.fill(content, MIB - 5, MIB + 5, (byte) 90);
        assertThat(Files.readAllBytes(file)).isEqualTo(content);
    }

    @Test
    void concurrentReaders_ofManyFiles_eachSeeTheirOwn() throws Exception {
        List<byte[]> contents =
                IntStream.range(0, 8).mapToObj(i -> randomBytes(700_000 + i)).toList();
        for (int i = 0; i < contents.size(); i++) {
            Files.write(mountPoint.resolve("file-" + i), contents.get(i));
        }
        run("sh", "-c", "echo 3 > /proc/sys/vm/drop_caches || true");
        try (ExecutorService clients = Executors.newFixedThreadPool(8)) {
            List<Callable<byte[]>> reads = IntStream.range(0, 32)
                    .mapToObj(i -> (Callable<byte[]>) () -> Files.readAllBytes(mountPoint.resolve("file-" + i % 8)))
                    .toList();
            List<Future<byte[]>> results = clients.invokeAll(reads);
            for (int i = 0; i < results.size(); i++) {
                assertThat(results.get(i).get()).isEqualTo(contents.get(i % 8));
            }
        }
    }

    @Test
    void failingRead_showsItsErrno_andAFaultOfTheProgramShowsEio() throws IOException {
        Path refused = Files.writeString(mountPoint.resolve("fail"), "x");
        Path crashed = Files.writeString(mountPoint.resolve("crash"), "x");

        assertThatThrownBy(() -> Files.readAllBytes(refused)).hasMessageContaining("quota");
        assertThatThrownBy(() -> Files.readAllBytes(crashed)).hasMessageContaining("Input/output error");
        Files.writeString(mountPoint.resolve("other"), "still served");
        assertThat(Files.readString(mountPoint.resolve("other"))).isEqualTo("still served");
    }

    @Test
    void manyStalledReads_doNotStopOtherRequests() throws Exception {
        try (ExecutorService clients = Executors.newFixedThreadPool(40)) {
            List<Future<byte[]>> waiting = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                Path file = Files.writeString(mountPoint.resolve("stall-" + i), "late " + i);
                waiting.add(clients.submit(() -> Files.readAllBytes(file)));
            }
            assertThat(fileSystem.stalled.await(10, TimeUnit.SECONDS)).isTrue();

            Path other = Files.writeString(mountPoint.resolve("other"), "not waiting");
            assertThat(Files.readString(other)).isEqualTo("not waiting");
            Files.delete(other);
            assertThat(waiting).noneMatch(Future::isDone);

            fileSystem.gate.countDown();
            for (int i = 0; i < waiting.size(); i++) {
                assertThat(new String(waiting.get(i).get(), StandardCharsets.UTF_8))
                        .isEqualTo("late " + i);
            }
        }
    }

    @Test
    void stalledWrite_keepsItsBytesUntilItCanGoOn() throws Exception {
        byte[] content = randomBytes(2 * MIB + 3);
        try (ExecutorService client = Executors.newSingleThreadExecutor()) {
            Future<Path> writing = client.submit(() -> Files.write(mountPoint.resolve("slow-write"), content));
            assertThat(fileSystem.stalled.await(10, TimeUnit.SECONDS)).isTrue();
            Files.write(mountPoint.resolve("other"), randomBytes(MIB));
            assertThat(writing).isNotDone();

            fileSystem.gate.countDown();
            writing.get();
        }
        assertThat(Files.readAllBytes(mountPoint.resolve("slow-write"))).isEqualTo(content);
    }

    @ParameterizedTest
    @ValueSource(strings = {"stall-cached", "stall-direct"})
    void killedReader_ofAStalledFile_endsWithoutTheData(String name) throws Exception {
        Path file = Files.writeString(mountPoint.resolve(name), "never delivered");
        Process reader = start("cat", file.toString());
        assertThat(fileSystem.stalled.await(10, TimeUnit.SECONDS)).isTrue();

        reader.destroyForcibly();

        assertEndOfKilled(reader, name.contains("direct"));
        fileSystem.gate.countDown();
        assertThat(Files.readString(file)).isEqualTo("never delivered");
        eventually(() -> assertThat(fileSystem.openHandles()).isZero());
    }

    @Test
    void killedLookup_thatStalls_endsAndLeavesNoReferenceBehind() throws Exception {
        Path file = mountPoint.resolve("slow-lookup");
        fileSystem.mknod(MemoryFileSystem.ROOT, "slow-lookup", 0644, Caller.SELF);
        long held = fileSystem.lookupsHeld();
        Process reader = start("cat", file.toString());
        assertThat(fileSystem.stalled.await(10, TimeUnit.SECONDS)).isTrue();

        reader.destroyForcibly();

        assertEndOfKilled(reader, true);
        fileSystem.gate.countDown();
        eventually(() -> assertThat(mount.describe()).containsEntry("waitingRequests", "0"));
        assertThat(fileSystem.lookupsHeld()).isEqualTo(held + lookupsKept(1));
    }

    @Test
    void remoteChange_isSeenAfterInvalidation() throws Exception {
        fileSystem.setMetadataTtlMillis(600_000);
        Path file = Files.writeString(mountPoint.resolve("file"), "before");
        try (FileChannel open = FileChannel.open(file)) {
            assertThat(readAt0(open, 6)).isEqualTo("before");
            long ino = fileSystem.replaceContent("file", "after!".getBytes(StandardCharsets.UTF_8), false);
            assertThat(readAt0(open, 6)).as("still cached").isEqualTo("before");

            mount.kernelCache().invalidatePages(ino);

            assertInvalidatedPages(file, open, "after!");
        }
    }

    @Test
    void remoteGrowth_ofAnOpenFile_isSeenAfterAttributeInvalidation() throws Exception {
        fileSystem.setMetadataTtlMillis(600_000);
        Path file = Files.writeString(mountPoint.resolve("file"), "before");
        try (FileChannel open = FileChannel.open(file)) {
            assertThat(readAt0(open, 6)).isEqualTo("before");
            assertThat(Files.size(file)).isEqualTo(6);
            long ino = fileSystem.replaceContent("file", "longer now".getBytes(StandardCharsets.UTF_8), true);
            if (cachesUntilTold()) {
                assertThat(Files.size(file)).as("still cached").isEqualTo(6);
            }

            mount.kernelCache().invalidateAttributes(ino);

            eventually(() -> assertThat(Files.size(file)).isEqualTo(10));
            assertGrowthOfOpenFile(file, open, "longer now");
        }
    }

    @Test
    void remoteRemoval_isSeenAfterEntryInvalidation() throws Exception {
        fileSystem.setMetadataTtlMillis(600_000);
        Path file = Files.writeString(mountPoint.resolve("file"), "x");
        fileSystem.removeSilently("file");
        if (cachesUntilTold()) {
            assertThat(file).as("still cached").exists();
        }

        mount.kernelCache().invalidateEntry(MemoryFileSystem.ROOT, "file");

        eventually(() -> assertThat(file).doesNotExist());
    }

    @Test
    void invalidations_duringReadsOfTheSameFile_doNotDeadlock() throws Exception {
        Path file = Files.write(mountPoint.resolve("file"), randomBytes(4 * MIB));
        long ino = (Long) Files.getAttribute(file, "unix:ino");
        try (ExecutorService clients = Executors.newFixedThreadPool(4)) {
            List<Future<?>> readers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                readers.add(clients.submit(() -> {
                    for (int round = 0; round < 10; round++) {
                        assertThat(Files.readAllBytes(file)).hasSize(4 * MIB);
                        mount.kernelCache().invalidatePages(ino);
                        mount.kernelCache().invalidateEntry(MemoryFileSystem.ROOT, "file");
                    }
                    return null;
                }));
            }
            for (Future<?> reader : readers) {
                reader.get();
            }
        }
    }

    @Test
    void closedFilesAndForgottenNames_leaveNothingHeld() throws Exception {
        for (int i = 0; i < 100; i++) {
            Files.writeString(mountPoint.resolve("file-" + i), "x");
            Files.delete(mountPoint.resolve("file-" + i));
        }
        namesIn(mountPoint);
        eventually(() -> assertThat(fileSystem.openHandles()).isZero());
        eventually(() -> assertThat(fileSystem.lookupsHeld()).isZero());
    }

    @Test
    void mountAndUnmountAgain_leakNoDescriptor() throws Exception {
        mount.unmount(false);
        long before = openDescriptors();
        for (int i = 0; i < 5; i++) {
            mount = mountAgain();
            Files.writeString(mountPoint.resolve("file-" + i), "x");
            mount.unmount(false);
            assertThat(mount.ended()).isDone();
            assertThat(namesIn(mountPoint)).as("the plain directory is back").isEmpty();
        }
        assertThat(openDescriptors()).isLessThanOrEqualTo(before);
    }

    @Test
    void unmount_whileAFileIsOpen_isRefusedAndGoesOnServing_thenLazilyDetaches() throws Exception {
        Path file = Files.writeString(mountPoint.resolve("file"), "content");
        try (FileChannel open = FileChannel.open(file)) {
            assertThatThrownBy(() -> mount.unmount(false))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("busy");
            assertThat(Files.readString(file)).isEqualTo("content");
            assertThat(mount.ended()).isNotDone();

            mount.unmount(true);

            assertThat(file).doesNotExist();
            assertThat(readAt0(open, 7)).isEqualTo("content");
        }
        mount.ended().get(10, TimeUnit.SECONDS);
    }

    @Test
    void unmountFromOutside_endsTheMount() throws Exception {
        run("umount", mountPoint.toString());

        mount.ended().get(10, TimeUnit.SECONDS);
        mount.unmount(false);
    }

    @Test
    void killedServer_leavesADeadMount_thatTheNextMountDetaches() throws Exception {
        mount.unmount(false);
        Process server = start(clientCommand("serve", transport().getClass().getName(), mountPoint.toString()));
        assertThat(server.inputReader().lines().anyMatch("serving"::equals)).isTrue();
        assertThat(mountsAt(mountPoint)).isEqualTo(1);
        server.destroyForcibly().waitFor();
        assertThat(fails("ls", mountPoint.toString())).contains("not connected");

        mount = mountAgain();

        Files.writeString(mountPoint.resolve("file"), "alive");
        assertThat(Files.readString(mountPoint.resolve("file"))).isEqualTo("alive");
        assertThat(mountsAt(mountPoint)).isEqualTo(1);
    }

    @Test
    void mount_onALiveMountOrAMissingDirectory_isRefused() {
        assertThatThrownBy(this::mountAgain).isInstanceOf(IOException.class).hasMessageContaining("already");
        assertThatThrownBy(() -> transport()
                        .mount(fileSystem, new TransportOptions(temp.resolve("absent"), "contract", false, false, 64)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not an existing directory");
    }

    @Test
    void readOnlyMount_refusesWrites() throws Exception {
        Files.writeString(mountPoint.resolve("file"), "x");
        mount.unmount(false);
        mount = transport().mount(fileSystem, new TransportOptions(mountPoint, "contract", true, true, 64));

        assertThat(Files.readString(mountPoint.resolve("file"))).isEqualTo("x");
        assertThatThrownBy(() -> Files.createFile(mountPoint.resolve("other")))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("Read-only");
    }

    @Test
    void describe_namesTheEngineAndTheProtocol() {
        assertThat(mount.describe()).containsEntry("engine", transport().name()).containsKey("protocol");
    }

    // ---- what engines may do differently, each asserting what it does ----

    /** A killed process waits for an answer of the file system that will not come. */
    protected void assertEndOfKilled(Process reader, boolean waitsForItsRequest) throws Exception {
        assertThat(reader.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }

    /** Lookups that the engine holds for {@code names} that were looked up once and may be asked for again. */
    protected long lookupsKept(int names) {
        return 0;
    }

    /** Whether the kernel believes what it knows until the time-out that the file system asks for. */
    protected boolean cachesUntilTold() {
        return true;
    }

    /** The pages of {@code file}, which is open, were invalidated and hold {@code content} now. */
    protected void assertInvalidatedPages(Path file, FileChannel open, String content) throws Exception {
        eventually(() -> assertThat(readAt0(open, content.length())).isEqualTo(content));
    }

    /** The size of {@code file}, which is open, was seen to change. */
    protected void assertGrowthOfOpenFile(Path file, FileChannel open, String content) throws Exception {
        eventually(() -> assertThat(readAt0(open, content.length())).isEqualTo(content));
    }

    private static long openDescriptors() throws IOException {
        System.gc();
        try (Stream<Path> entries = Files.list(Path.of("/proc/self/fd"))) {
            return entries.filter(p -> {
                        try {
                            String target = Files.readSymbolicLink(p).toString();
                            return target.contains("/fuse") || target.startsWith("socket:");
                        } catch (IOException e) {
                            return false;
                        }
                    })
                    .count();
        }
    }
}
