package io.hfmount.emulator.hub.wire;

import io.hfmount.emulator.http.RefusedException;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/** Cuts a body of JSON lines at its newlines; blank lines count but are left out. Confined to one request. */
public final class LineSplitter {
    private final int maxLine;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private int number = 1;

    /**
     * One line.
     *
     * @param number from 1
     * @param bytes without the newline
     */
    public record Line(int number, byte[] bytes) {}

    /** @param maxLine longest line in bytes; a longer one is refused with 413 */
    public LineSplitter(int maxLine) {
        this.maxLine = maxLine;
    }

    /** The lines that end in {@code piece}. */
    public List<Line> accept(byte[] piece) {
        List<Line> lines = new ArrayList<>();
        int from = 0;
        while (from < piece.length) {
            int to = from;
            while (to < piece.length && piece[to] != '\n') {
                to++;
            }
            if (line.size() + (to - from) > maxLine) {
                throw new RefusedException(413, null, "line " + number + " is longer than " + maxLine + " bytes");
            }
            line.write(piece, from, to - from);
            if (to < piece.length) {
                lines.addAll(finish());
                number++;
            }
            from = to + 1;
        }
        return lines;
    }

    /** The last line, if it lacks its newline. */
    public List<Line> finish() {
        byte[] bytes = line.toByteArray();
        line.reset();
        return isBlank(bytes) ? List.of() : List.of(new Line(number, bytes));
    }

    private static boolean isBlank(byte[] bytes) {
        for (byte b : bytes) {
            if (b != ' ' && b != '\t' && b != '\r') {
                return false;
            }
        }
        return true;
    }
}
