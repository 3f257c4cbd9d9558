package io.hfmount.emulator.durable;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Another process, which tries to take a lock file. */
public final class LockProbe {
    private static final int FREE = 10;
    private static final int HELD = 11;

    private LockProbe() {}

    /** @param arguments the lock file */
    public static void main(String[] arguments) throws IOException {
        try (FileChannel file = FileChannel.open(Path.of(arguments[0]), StandardOpenOption.WRITE)) {
            System.exit(file.tryLock() == null ? HELD : FREE);
        }
    }

    /** Whether another process finds {@code file} locked. */
    static boolean isHeld(Path file) throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        File classes = new File(LockProbe.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        Process process = new ProcessBuilder(
                        java, "-Xshare:auto", "-cp", classes.toString(), LockProbe.class.getName(), file.toString())
                .inheritIO()
                .start();
        int result = process.waitFor();
        if (result != FREE && result != HELD) {
            throw new AssertionError("the other process ended with " + result);
        }
        return result == HELD;
    }
}
