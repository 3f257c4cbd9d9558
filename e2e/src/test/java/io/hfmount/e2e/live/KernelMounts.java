package io.hfmount.e2e.live;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The kernel's table of mounts. */
public final class KernelMounts {
    private KernelMounts() {}

    /** Mount points strictly below a directory, parents first. */
    public static List<String> below(Path directory) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/mounts")).stream()
                .map(line -> line.split(" ")[1].replace("\\040", " "))
                .filter(point -> point.startsWith(directory + "/"))
                .toList();
    }

    /** Whether something is mounted exactly there. */
    public static boolean isMounted(Path point) throws IOException {
        Path parent = point.getParent();
        return parent != null && below(parent).contains(point.toString());
    }
}
