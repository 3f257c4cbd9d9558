package io.hfmount.transport.jnr;

import io.hfmount.agent.transport.TransportOptions;
import io.hfmount.agent.transport.fuse.KernelMount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** libfuse's command line (fuse-transports §2). */
final class MountArguments {
    /** The most that protocol 7.19 carries in a request. */
    static final int MAX_REQUEST = 131_072;

    private static final String SUBTYPE = "hfmount";
    private static final Path CONFIGURATION = Path.of("/etc/fuse.conf");

    private MountArguments() {}

    /**
     * The arguments for a mount.
     *
     * @param believedMillis how long the kernel may keep names and attributes
     * @param sharing whether {@code allow_other} is permitted
     */
    static List<String> of(Path mountPoint, TransportOptions options, long believedMillis, boolean sharing) {
        List<String> list = new ArrayList<>();
        list.add("fsname=" + options.source().replace("\\", "\\\\").replace(",", "\\,"));
        list.add("subtype=" + SUBTYPE);
        list.addAll(tuning(believedMillis, options.maxBackground()));
        list.add("default_permissions");
        if (options.readOnly()) {
            list.add("ro");
        }
        if (!options.ownerOnly() && sharing) {
            list.add("allow_other");
        }
        return List.of("hfmount", "-f", mountPoint.toString(), "-o", String.join(",", list));
    }

    /** The options that change how requests look, for the status page too. */
    static List<String> tuning(long believedMillis, int maxBackground) {
        String seconds = String.format(Locale.ROOT, "%.3f", believedMillis / 1000.0);
        return List.of(
                "big_writes", // without it writes come in pages
                "max_write=" + MAX_REQUEST,
                "max_read=" + MAX_REQUEST,
                "no_splice_read", // pipes gain nothing for requests of this size
                "atomic_o_trunc", // opening to overwrite is one step and no download
                "use_ino",
                "attr_timeout=" + seconds,
                "entry_timeout=" + seconds,
                "max_background=" + maxBackground,
                "congestion_threshold=" + Math.max(1, maxBackground * 3 / 4));
    }

    /** Whether others than the mounting user may be let in: always for root, else if the administrator says so. */
    static boolean mayShare() {
        if (KernelMount.mayMount()) {
            return true;
        }
        try {
            return Files.readAllLines(CONFIGURATION).stream()
                    .anyMatch(line -> line.strip().equals("user_allow_other"));
        } catch (IOException e) {
            return false;
        }
    }
}
