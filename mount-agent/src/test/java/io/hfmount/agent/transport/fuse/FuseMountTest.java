package io.hfmount.agent.transport.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.transport.MountContract;
import io.hfmount.agent.transport.MountedTransport;
import io.hfmount.agent.transport.Transport;
import io.hfmount.agent.transport.TransportOptions;
import io.hfmount.agent.vfs.MemoryFileSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The contract of a mount, held by the kernel protocol, and what only this engine has. */
final class FuseMountTest extends MountContract {
    @Override
    protected Transport transport() {
        return new FuseTransport();
    }

    @Test
    void abortedConnection_endsTheMountAndLeavesNoDeadMountPoint() throws Exception {
        String device = MountTable.read().topAt(mountPoint).device();
        Path control = Files.createDirectory(mountPoint.resolveSibling("control"));
        run("mount", "-t", "fusectl", "none", control.toString());
        try {
            Path abort =
                    control.resolve(device.substring(device.indexOf(':') + 1)).resolve("abort");
            Files.writeString(abort, "1", StandardOpenOption.WRITE);
            mount.ended().get(10, TimeUnit.SECONDS);
        } finally {
            run("umount", control.toString());
        }
        assertThat(mountsAt(mountPoint)).isZero();
        assertThat(namesIn(mountPoint)).isEmpty();
    }

    @Test
    void nameThatIsNotUtf8_isRefusedAndNeverMangled() throws Exception {
        String output =
                run("sh", "-c", "cd \"$1\" && ! touch \"$(printf 'a\\377b')\" 2>&1", "sh", mountPoint.toString());
        assertThat(output).contains("nvalid or incomplete multibyte");
        assertThat(namesIn(mountPoint)).isEmpty();
    }

    @Test
    void renameFlags_areHonoured() throws Exception {
        assumePython();
        Files.writeString(mountPoint.resolve("a"), "1");
        Files.writeString(mountPoint.resolve("b"), "2");
        String rename = """
                import ctypes, os, sys
                libc = ctypes.CDLL(None, use_errno=True)
                def rename(old, new, flags):
                    ok = libc.renameat2(-100, old.encode(), -100, new.encode(), flags) == 0
                    return "ok" if ok else os.strerror(ctypes.get_errno())
                os.chdir(sys.argv[1])
                print(rename("a", "b", 1), rename("a", "b", 2), rename("a", "c", 4), rename("a", "d", 1), sep="|")
                """;
        assertThat(run("python3", "-c", rename, mountPoint.toString()).strip())
                .isEqualTo("File exists|ok|Invalid argument|ok");
        assertThat(Files.readString(mountPoint.resolve("b"))).isEqualTo("1");
        assertThat(Files.readString(mountPoint.resolve("d"))).isEqualTo("2");
    }

    @Test
    void sparseSeekPreallocateAndCopyRange_workOrFallBack() throws Exception {
        assumePython();
        Files.write(mountPoint.resolve("a"), randomBytes(100_000));
        String script = """
                import os, sys
                os.chdir(sys.argv[1])
                fd = os.open("a", os.O_RDWR)
                print(os.lseek(fd, 5, os.SEEK_DATA), os.lseek(fd, 5, os.SEEK_HOLE))
                os.posix_fallocate(fd, 0, 150000)
                print(os.fstat(fd).st_size, os.fstat(fd).st_blocks)
                out = os.open("b", os.O_CREAT | os.O_WRONLY, 0o640)
                left = 100000
                os.lseek(fd, 0, os.SEEK_SET)
                while left:
                    copied = os.copy_file_range(fd, out, left)
                    assert copied > 0
                    left -= copied
                os.fsync(out)
                os.close(out)
                print(os.stat("b").st_size, oct(os.stat("b").st_mode))
                """;
        assertThat(run("python3", "-c", script, mountPoint.toString()).lines())
                .containsExactly("5 100000", "150000 293", "100000 0o100640");
        assertThat(Files.readAllBytes(mountPoint.resolve("b"))).isEqualTo(randomBytes(100_000));
    }

    @Test
    void manyMountsAtOnce_serveAndEndIndependently() throws Exception {
        List<MountedTransport> mounts = new ArrayList<>();
        try {
            for (int i = 0; i < 12; i++) {
                Path point = Files.createDirectory(mountPoint.resolveSibling("mnt-" + i));
                mounts.add(transport()
                        .mount(new MemoryFileSystem(), new TransportOptions(point, "many", false, true, 64)));
                Files.writeString(point.resolve("file"), "of " + i);
            }
            mounts.get(3).unmount(false);
            assertThat(mountPoint.resolveSibling("mnt-3").resolve("file")).doesNotExist();
            assertThat(Files.readString(mountPoint.resolveSibling("mnt-11").resolve("file")))
                    .isEqualTo("of 11");
        } finally {
            for (MountedTransport mounted : mounts) {
                mounted.unmount(true);
            }
            for (MountedTransport mounted : mounts) {
                mounted.ended().get(10, TimeUnit.SECONDS);
            }
        }
    }

    private static void assumePython() {
        try {
            Process python = new ProcessBuilder("python3", "-c", "pass").start();
            Assumptions.assumeTrue(python.waitFor() == 0, "python3 does not work");
        } catch (IOException | InterruptedException e) {
            Assumptions.abort("no python3");
        }
    }
}
