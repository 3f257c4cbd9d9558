package io.hfmount.agent.transport.fuse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The mounts that this process sees, from {@code /proc/self/mountinfo}: a snapshot, in mount order, so that of several
 * mounts on one point the last is the one in sight. Reading it touches no mounted file system. Immutable.
 */
record MountTable(List<Entry> entries) {
    private static final Path MOUNT_INFO = Path.of("/proc/self/mountinfo");

    /**
     * One mount.
     *
     * @param id unique among the live mounts
     * @param device {@code major:minor}
     * @param mountPoint where
     * @param type file-system type, e.g. {@code fuse.x}
     * @param source what {@code /proc/mounts} shows as the device
     */
    record Entry(int id, String device, String mountPoint, String type, String source) {
        boolean isFuse() {
            return type.equals("fuse") || type.startsWith("fuse.");
        }
    }

    MountTable {
        entries = List.copyOf(entries);
    }

    static MountTable read() throws IOException {
        return parse(new String(Files.readAllBytes(MOUNT_INFO), StandardCharsets.ISO_8859_1));
    }

    /**
     * Parses lines of "id parent major:minor root point options [tags] - type source options"; lines of another form
     * are skipped.
     *
     * @param text bytes as ISO 8859-1, since mount points need not be in any encoding
     */
    static MountTable parse(String text) {
        List<Entry> found = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            int dash = line.indexOf(" - ");
            if (dash < 0) {
                continue;
            }
            String[] front = line.substring(0, dash).split(" ", -1);
            String[] back = line.substring(dash + 3).split(" ", -1);
            if (front.length < 6 || back.length < 2) {
                continue;
            }
            if (front[0].matches("[0-9]{1,9}")) {
                int id = Integer.parseInt(front[0]);
                found.add(new Entry(id, front[2], unescape(front[4]), unescape(back[0]), unescape(back[1])));
            }
        }
        return new MountTable(found);
    }

    /** The mount that is in sight at {@code mountPoint}, or null when nothing is mounted there. */
    @Nullable
    Entry topAt(Path mountPoint) {
        String wanted = mountPoint.toString();
        Entry top = null;
        for (Entry entry : entries) {
            if (entry.mountPoint().equals(wanted)) {
                top = entry;
            }
        }
        return top;
    }

    /** Whether {@code entry} is still there; ids alone are used again. */
    boolean contains(Entry entry) {
        return entries.contains(entry);
    }

    /** Undoes the octal escapes of blank, tab, newline and backslash; then the bytes are taken as UTF-8. */
    private static String unescape(String field) {
        StringBuilder plain = new StringBuilder(field.length());
        for (int i = 0; i < field.length(); i++) {
            char c = field.charAt(i);
            if (c == '\\' && i + 3 < field.length() && isOctal(field, i + 1)) {
                plain.append((char) Integer.parseInt(field.substring(i + 1, i + 4), 8));
                i += 3;
            } else {
                plain.append(c);
            }
        }
        return new String(plain.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    private static boolean isOctal(String field, int at) {
        char first = field.charAt(at);
        return first >= '0'
                && first <= '3'
                && field.charAt(at + 1) >= '0'
                && field.charAt(at + 1) <= '7'
                && field.charAt(at + 2) >= '0'
                && field.charAt(at + 2) <= '7';
    }
}
