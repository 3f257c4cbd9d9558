package io.hfmount.api.mounts;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The kernel's table of mounts, {@code /proc/self/mountinfo} (proc(5)). Read afresh at every question. */
final class MountTable {
    private static final int MOUNT_POINT_FIELD = 4;
    private static final Pattern OCTAL = Pattern.compile("\\\\([0-3][0-7]{2})");

    private final Path file;

    MountTable(Path file) {
        this.file = file;
    }

    /** The table of this process. */
    static MountTable ofThisProcess() {
        return new MountTable(Path.of("/proc/self/mountinfo"));
    }

    /** Whether something is mounted exactly at {@code path}, which has no symbolic links. */
    boolean isMountPoint(Path path) throws IOException {
        String wanted = path.toString();
        // Names are bytes; where they are not UTF-8 they cannot be asked for here either.
        for (String line : new String(Files.readAllBytes(file), StandardCharsets.UTF_8).split("\n")) {
            String[] fields = line.split(" ", MOUNT_POINT_FIELD + 2);
            if (fields.length > MOUNT_POINT_FIELD
                    && unescape(fields[MOUNT_POINT_FIELD]).equals(wanted)) {
                return true;
            }
        }
        return false;
    }

    private static String unescape(String field) {
        return OCTAL.matcher(field)
                .replaceAll(m -> Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(m.group(1), 8))));
    }
}
