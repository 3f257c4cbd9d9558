package io.hfmount.transport.jnr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.agent.transport.MountContract;
import io.hfmount.agent.transport.MountedTransport;
import io.hfmount.agent.transport.Transport;
import io.hfmount.agent.transport.TransportOptions;
import io.hfmount.agent.vfs.Caller;
import io.hfmount.agent.vfs.DirectorySink;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FileSystem;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.MemoryFileSystem;
import io.hfmount.agent.vfs.OpenFlags;
import io.hfmount.agent.vfs.OpenResult;
import io.hfmount.agent.vfs.Wait;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * The contract of a mount, held by libfuse 2; then what differs from the engine {@code fuse}, a test each
 * (docs/semantics.md lists them), and what this engine must take care of by itself.
 */
final class JnrMountTest extends MountContract {
    private static final long STILL_WAITING_MILLIS = 300;
    private static final String PRIVATE_NAME = ".fuse_hidden0000000200000001";

    @Override
    protected Transport transport() {
        return new JnrFuseTransport();
    }

    // ---- the contract, where this engine does otherwise ----

    /** No interrupts: a request that was delivered is waited for, whatever happens to the process. */
    @Override
    protected void assertEndOfKilled(Process reader, boolean waitsForItsRequest) throws Exception {
        if (waitsForItsRequest) {
            assertThat(reader.waitFor(STILL_WAITING_MILLIS, TimeUnit.MILLISECONDS))
                    .isFalse();
            fileSystem.gate.countDown();
        }
        super.assertEndOfKilled(reader, waitsForItsRequest);
    }

    /** Names looked up are kept, each with its lookup. */
    @Override
    protected long lookupsKept(int names) {
        return names;
    }

    /** A second at most. */
    @Override
    protected boolean cachesUntilTold() {
        return false;
    }

    /** No invalidation: an open handle keeps its pages, the next open drops them. */
    @Override
    protected void assertInvalidatedPages(Path file, FileChannel open, String content) throws Exception {
        assertThat(readAt0(open, content.length())).isNotEqualTo(content);
        assertThat(Files.readString(file)).isEqualTo(content);
    }

    /** Likewise for the page that held the end of the file. */
    @Override
    protected void assertGrowthOfOpenFile(Path file, FileChannel open, String content) throws Exception {
        assertThat(Files.readString(file)).isEqualTo(content);
    }

    // ---- differences ----

    @Test
    void difference_unlinkedOpenFile_hasAPrivateNameThatNobodySeesAndNothingBlocks() throws Exception {
        Path directory = Files.createDirectory(mountPoint.resolve("directory"));
        Path file = Files.writeString(directory.resolve("file"), "content");
        try (FileChannel open = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            Files.delete(file);

            assertThat(namesIn(directory)).isEmpty();
            assertThat(run("ls", "-A", directory.toString())).isEmpty();
            open.truncate(4);
            assertThat(open.size()).isEqualTo(4);
            run("sh", "-c", "chmod 600 \"$1\"/* 2>/dev/null || true", "sh", directory.toString());
            Files.delete(directory);
            assertThat(readAt0(open, 4)).isEqualTo("cont");
        }
        eventually(() -> assertThat(fileSystem.openHandles()).isZero());
        eventually(() -> assertThat(fileSystem.lookupsHeld()).isZero());
    }

    @Test
    void difference_privateNames_areRefusedToApplications() throws Exception {
        Path taken = mountPoint.resolve(PRIVATE_NAME);
        assertThatThrownBy(() -> Files.createFile(taken))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("not permitted");
        assertThatThrownBy(() -> Files.createDirectory(taken)).hasMessageContaining("not permitted");
        Path file = mountPoint.resolve("closed");
        fileSystem.mknod(FileSystem.ROOT, "closed", 0644, Caller.SELF);
        assertThatThrownBy(() -> Files.move(file, taken, StandardCopyOption.ATOMIC_MOVE))
                .hasMessageContaining("not permitted");
        assertThat(file).exists();
    }

    @Test
    void difference_privateNamesLeftByOthers_areNeitherShownNorTouched() throws Exception {
        fileSystem.mknod(FileSystem.ROOT, PRIVATE_NAME, 0644, Caller.SELF);

        assertThat(namesIn(mountPoint)).isEmpty();
        assertThat(mountPoint.resolve(PRIVATE_NAME)).doesNotExist();
        assertThatThrownBy(() -> Files.delete(mountPoint.resolve(PRIVATE_NAME))).isInstanceOf(IOException.class);
        assertThat(fileSystem
                        .lookup(FileSystem.ROOT, PRIVATE_NAME, Wait.ALLOWED)
                        .size())
                .isZero();
    }

    @Test
    void difference_remoteChangesOfNamesAndAttributes_areSeenAfterASecondWhateverTheFileSystemAllows()
            throws Exception {
        mount.unmount(false);
        fileSystem.setMetadataTtlMillis(600_000);
        mount = mountAgain();
        Path file = Files.writeString(mountPoint.resolve("file"), "before");
        Path other = Files.writeString(mountPoint.resolve("other"), "x");
        assertThat(Files.size(file)).isEqualTo(6);

        fileSystem.replaceContent("file", "longer now".getBytes(StandardCharsets.UTF_8), true);
        fileSystem.removeSilently("other");

        eventually(() -> assertThat(Files.size(file)).isEqualTo(10));
        eventually(() -> assertThat(other).doesNotExist());
    }

    @Test
    void difference_requests_carryAtMost128KiB() throws Exception {
        AtomicLong largest = new AtomicLong();
        MemoryFileSystem counting = new MemoryFileSystem() {
            @Override
            public int write(long ino, long handle, long offset, MemorySegment data, Wait wait) throws FsException {
                largest.accumulateAndGet(data.byteSize(), Math::max);
                return super.write(ino, handle, offset, data, wait);
            }
        };
        withMount(counting, directory -> {
            byte[] content = randomBytes(1 << 20);
            try (FileChannel channel =
                    FileChannel.open(directory.resolve("file"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                assertThat(channel.write(ByteBuffer.wrap(content))).isEqualTo(content.length);
            }
            assertThat(Files.readAllBytes(directory.resolve("file"))).isEqualTo(content);
        });
        assertThat(largest).hasValue(131_072);
        assertThat(mount.engine().maxWrite()).isEqualTo(131_072);
        assertThat(mount.engine().protocol()).isEqualTo("7.19");
        assertThat(mount.engine().flags()).contains("BIG_WRITES", "ATOMIC_O_TRUNC", "attr_timeout=1.000");
    }

    @Test
    void difference_directories_areListedWithoutAttributes() throws Exception {
        AtomicInteger plus = new AtomicInteger();
        AtomicInteger plain = new AtomicInteger();
        MemoryFileSystem counting = new MemoryFileSystem() {
            @Override
            public void readdir(long ino, long handle, long cookie, boolean withAttributes, DirectorySink sink)
                    throws FsException {
                (withAttributes ? plus : plain).incrementAndGet();
                super.readdir(ino, handle, cookie, withAttributes, sink);
            }
        };
        withMount(counting, directory -> {
            Files.createFile(directory.resolve("file"));
            assertThat(run("ls", "-l", directory.toString())).contains("file");
        });
        assertThat(plus).hasValue(0);
        assertThat(plain).hasPositiveValue();
    }

    @Test
    void difference_namesThatAreNotUtf8OrHoldTheReplacementCharacter_areRefused() throws Exception {
        String output =
                run("sh", "-c", "cd \"$1\" && ! touch \"$(printf 'a\\377b')\" 2>&1", "sh", mountPoint.toString());
        assertThat(output).contains("nvalid or incomplete multibyte");
        assertThatThrownBy(() -> Files.createFile(mountPoint.resolve("a\uFFFDb")))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("multibyte");
        assertThat(namesIn(mountPoint)).isEmpty();
    }

    @Test
    void difference_renameFlags_areRefused() throws Exception {
        Files.writeString(mountPoint.resolve("a"), "1");
        Files.writeString(mountPoint.resolve("b"), "2");
        String rename = """
                import ctypes, os, sys
                libc = ctypes.CDLL(None, use_errno=True)
                def rename(old, new, flags):
                    ok = libc.renameat2(-100, old.encode(), -100, new.encode(), flags) == 0
                    return "ok" if ok else os.strerror(ctypes.get_errno())
                os.chdir(sys.argv[1])
                print(rename("a", "b", 1), rename("a", "b", 2), rename("a", "d", 1), sep="|")
                """;
        assertThat(run("python3", "-c", rename, mountPoint.toString()).strip())
                .isEqualTo("File exists|Invalid argument|Invalid argument");
        assertThat(Files.readString(mountPoint.resolve("a"))).isEqualTo("1");
        assertThat(Files.readString(mountPoint.resolve("b"))).isEqualTo("2");
    }

    @Test
    void difference_seekForHoles_isAnsweredByTheKernelThatAllIsData() throws Exception {
        Files.write(mountPoint.resolve("a"), randomBytes(100_000));
        String script = """
                import os, sys
                os.chdir(sys.argv[1])
                fd = os.open("a", os.O_RDWR)
                print(os.lseek(fd, 5, os.SEEK_DATA), os.lseek(fd, 5, os.SEEK_HOLE))
                os.posix_fallocate(fd, 0, 150000)
                print(os.fstat(fd).st_size, os.fstat(fd).st_blocks)
                """;
        assertThat(run("python3", "-c", script, mountPoint.toString()).lines())
                .containsExactly("5 100000", "150000 293");
    }

    // ---- what this engine must take care of ----

    @Test
    void oneTimeAlone_isSetAndTheOtherStays() throws Exception {
        Path file = Files.createFile(mountPoint.resolve("file"));
        run("touch", "-d", "2001-02-03T04:05:06Z", file.toString());
        run("touch", "-a", "-d", "2011-12-13T14:15:16Z", file.toString());
        assertThat(run("stat", "-c", "%X %Y", file.toString()).strip()).isEqualTo("1323785716 981173106");
        run("touch", "-m", "-d", "2020-01-01T00:00:00Z", file.toString());
        assertThat(run("stat", "-c", "%X %Y", file.toString()).strip()).isEqualTo("1323785716 1577836800");
    }

    @Test
    void keptPages_areKeptOnlyWhenTheFileSystemSaysSo() throws Exception {
        AtomicBoolean keep = new AtomicBoolean(true);
        AtomicInteger reads = new AtomicInteger();
        MemoryFileSystem keeping = new MemoryFileSystem() {
            @Override
            public synchronized OpenResult open(long ino, OpenFlags flags, Caller caller) throws FsException {
                return new OpenResult(super.open(ino, flags, caller).handle(), false, keep.get());
            }

            @Override
            protected void beforeRead(long ino, String name, Wait wait) {
                reads.incrementAndGet();
            }
        };
        withMount(keeping, directory -> {
            Path file = Files.write(directory.resolve("file"), randomBytes(10_000));
            eventually(
                    () -> { // others on the machine may empty the page cache in between
                        Files.readAllBytes(file);
                        int once = reads.get();
                        Files.readAllBytes(file);
                        assertThat(reads).hasValue(once);
                    });
            keep.set(false);
            int before = reads.get();
            Files.readAllBytes(file);
            assertThat(reads.get()).isGreaterThan(before);
        });
    }

    @Test
    void renameOverAnOpenFileThatFails_leavesTheFileWhereItWas() throws Exception {
        AtomicBoolean refuse = new AtomicBoolean(true);
        MemoryFileSystem refusing = new MemoryFileSystem() {
            @Override
            public synchronized void rename(
                    long parent, String name, long newParent, String newName, boolean noReplace, boolean exchange)
                    throws FsException {
                if (refuse.get()) {
                    throw new FsException(Errno.EAGAIN, "as asked");
                }
                super.rename(parent, name, newParent, newName, noReplace, exchange);
            }
        };
        withMount(refusing, directory -> {
            Path target = Files.writeString(directory.resolve("target"), "old");
            Path source = Files.writeString(directory.resolve("source"), "new");
            try (FileChannel open = FileChannel.open(target)) {
                assertThatThrownBy(() -> Files.move(source, target, StandardCopyOption.ATOMIC_MOVE))
                        .hasMessageContaining("temporarily unavailable");
                assertThat(readAt0(open, 3)).isEqualTo("old");
            }
            assertThat(Files.readString(target)).isEqualTo("old");
            assertThat(Files.readString(source)).isEqualTo("new");

            refuse.set(false);
            try (FileChannel open = FileChannel.open(target)) {
                Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
                assertThat(readAt0(open, 3)).isEqualTo("old");
            }
            assertThat(Files.readString(target)).isEqualTo("new");
            assertThat(source).doesNotExist();
        });
        eventually(() -> assertThat(refusing.openHandles()).isZero());
    }

    @Test
    void unlinkedOpenFile_isUnlinkedInTheFileSystemThoughNobodyAsksForItsName() throws Exception {
        Path file = Files.writeString(mountPoint.resolve("file"), "content");
        try (FileChannel open = FileChannel.open(file)) {
            Files.delete(file);
            eventually(() -> assertThatThrownBy(() -> fileSystem.lookup(FileSystem.ROOT, "file", Wait.ALLOWED))
                    .isInstanceOf(FsException.class));
            assertThat(readAt0(open, 7)).isEqualTo("content");
        }
    }

    @Test
    void renamedDirectory_takesItsOpenAndUnlinkedFilesAlong() throws Exception {
        Path directory = Files.createDirectories(mountPoint.resolve("a/b"));
        Path file = Files.writeString(directory.resolve("file"), "content");
        Files.writeString(directory.resolve("stays"), "here");
        try (FileChannel open = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            Files.delete(file);
            Files.move(mountPoint.resolve("a"), mountPoint.resolve("z"));

            assertThat(open.size()).isEqualTo(7);
            open.write(ByteBuffer.wrap("C".getBytes(StandardCharsets.UTF_8)), 0);
            assertThat(readAt0(open, 7)).isEqualTo("Content");
            assertThat(Files.readString(mountPoint.resolve("z/b/stays"))).isEqualTo("here");
            assertThat(directory).doesNotExist();
        }
        eventually(() -> assertThat(fileSystem.openHandles()).isZero());
    }

    @Test
    void openExclusiveOfANameThatAppearedMeanwhile_failsAndWithoutExclusiveOpens() throws Exception {
        assertThat(mountPoint.resolve("late")).doesNotExist();
        fileSystem.mknod(FileSystem.ROOT, "late", 0644, Caller.SELF);
        Files.writeString(mountPoint.resolve("late"), "content", StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        assertThat(Files.readString(mountPoint.resolve("late"))).isEqualTo("content");
    }

    @Test
    void endOfTheMount_givesEverythingBack() throws Exception {
        for (int i = 0; i < 20; i++) {
            Files.createDirectories(mountPoint.resolve("d" + i + "/sub"));
            Files.writeString(mountPoint.resolve("d" + i + "/sub/file"), "x");
        }
        assertThat(fileSystem.lookupsHeld()).isPositive();
        mount.unmount(false);
        assertThat(fileSystem.lookupsHeld()).isZero();
        assertThat(fileSystem.openHandles()).isZero();
    }

    @Test
    void severalMountsAtOnce_serveAndEndIndependently() throws Exception {
        List<MountedTransport> mounts = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                Path point = Files.createDirectory(mountPoint.resolveSibling("mnt-" + i));
                mounts.add(transport()
                        .mount(new MemoryFileSystem(), new TransportOptions(point, "many, \\ odd", false, true, 64)));
                Files.writeString(point.resolve("file"), "of " + i);
            }
            assertThat(Files.readString(Path.of("/proc/self/mounts"))).contains("many,\\040\\134\\040odd");
            mounts.get(1).unmount(false);
            assertThat(mountPoint.resolveSibling("mnt-1").resolve("file")).doesNotExist();
            assertThat(Files.readString(mountPoint.resolveSibling("mnt-3").resolve("file")))
                    .isEqualTo("of 3");
        } finally {
            for (MountedTransport mounted : mounts) {
                mounted.unmount(true);
            }
            for (MountedTransport mounted : mounts) {
                mounted.ended().get(20, TimeUnit.SECONDS);
            }
        }
    }

    @FunctionalInterface
    private interface Use {
        void in(Path directory) throws Exception;
    }

    private void withMount(MemoryFileSystem served, Use use) throws Exception {
        Path point = Files.createDirectory(mountPoint.resolveSibling("other"));
        MountedTransport other = transport().mount(served, new TransportOptions(point, "other", false, false, 64));
        try {
            use.in(point);
        } finally {
            other.unmount(true);
            other.ended().get(20, TimeUnit.SECONDS);
        }
    }
}
