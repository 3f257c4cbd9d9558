package io.hfmount.agent.transport.fuse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the kernel lets this process do, from {@code /proc/self/status}. Stateless. */
final class Capabilities {
    private static final String EFFECTIVE = "CapEff:";
    private static final int SYS_ADMIN = 21;

    private Capabilities() {}

    /** Whether mount(2) may work: root in a container usually lacks it. */
    static boolean mayMount() {
        try {
            return hasSysAdmin(Files.readAllLines(Path.of("/proc/self/status")));
        } catch (IOException e) {
            return LibC.effectiveUserId() == 0;
        }
    }

    static boolean hasSysAdmin(List<String> status) {
        for (String line : status) {
            if (line.startsWith(EFFECTIVE)) {
                String mask = line.substring(EFFECTIVE.length()).strip();
                return mask.matches("[0-9a-f]{1,16}") && (Long.parseUnsignedLong(mask, 16) & (1L << SYS_ADMIN)) != 0;
            }
        }
        return false;
    }
}
