package io.hfmount.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** What is mounted, as the kernel tells without asking a file system that may not answer. Stateless. */
final class MountPoints {
    private static final Path MOUNTS = Path.of("/proc/self/mountinfo");
    private static final int MOUNT_POINT = 4; // the field's index, see proc_pid_mountinfo(5)
    private static final long PATIENCE_SECONDS = 30;

    private MountPoints() {}

    /** Whether something is mounted at {@code path}, which is absolute and without symbolic links. */
    static boolean contains(Path path) throws IOException {
        String wanted = escaped(path.toString());
        for (String line : Files.readAllLines(MOUNTS, StandardCharsets.ISO_8859_1)) {
            String[] fields = line.split(" ");
            if (fields.length > MOUNT_POINT && fields[MOUNT_POINT].equals(wanted)) {
                return true;
            }
        }
        return false;
    }

    /** As the kernel prints it, one character a byte. */
    private static String escaped(String path) {
        String bytes = new String(path.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        return bytes.replace("\\", "\\134")
                .replace(" ", "\\040")
                .replace("\t", "\\011")
                .replace("\n", "\\012");
    }

    /** Unmounts what a process left mounted at {@code path}. */
    static void detach(Path path) throws IOException {
        for (String[] command : new String[][] {{"umount"}, {"fusermount3", "-u"}}) {
            if (!contains(path)) {
                return;
            }
            attempt(command, path);
        }
        if (contains(path)) {
            throw new IOException(path + " is still mounted, and neither umount nor fusermount3 -u unmounts it");
        }
    }

    private static void attempt(String[] command, Path path) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.command().add(path.toString());
        builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
        try {
            Process process = builder.start();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            // it is not installed; the caller looks whether the mount is gone
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
