package io.hfmount.xet.compose;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.cas.FileWindows;
import io.hfmount.xet.merkle.Node;
import io.hfmount.xet.merkle.Subtree;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The windows of a file that edits may change, and what is known of the gaps around them. Immutable.
 *
 * @param windows ascending and disjoint, each begins with a segment
 * @param gaps summaries before, between and after the windows, empty where windows touch each other or an end of the file
 * @param gapVerification one entry for each segment that no window overlaps, in order
 */
record Windows(List<ByteRange> windows, List<Optional<Subtree>> gaps, List<ContentHash> gapVerification) {
    Windows {
        windows = List.copyOf(windows);
        gaps = List.copyOf(gaps);
        gapVerification = List.copyOf(gapVerification);
    }

    /** One window over the whole file. */
    static Windows whole(BaseFile base) {
        return new Windows(
                List.of(new ByteRange(0, base.size())), List.of(Optional.empty(), Optional.empty()), List.of());
    }

    /**
     * Holds an answer against the file (xet-protocol §13.4, §13.5). The hashes of its gaps are checked later, together with
     * the chunks of the windows.
     *
     * @return empty if all is well but the file was registered without verification entries, which are needed
     * @throws StorageException of kind {@code CORRUPT} if the answer cannot be about this file
     */
    static Optional<Windows> of(BaseFile base, FileWindows answer) {
        if (answer.fileSize() != base.size()) {
            throw wrong(base, "a file of " + answer.fileSize() + " bytes instead of " + base.size());
        }
        if (answer.windows().isEmpty()) {
            throw wrong(base, "no window at all");
        }
        List<ByteRange> windows = answer.windows();
        checkOrder(base, windows);
        List<Optional<Subtree>> gaps = new ArrayList<>(answer.gaps().size());
        long position = 0;
        for (int i = 0; i < windows.size(); i++) {
            gaps.add(checkedGap(
                    base,
                    new ByteRange(position, windows.get(i).start()),
                    answer.gaps().get(i)));
            position = windows.get(i).end();
        }
        gaps.add(checkedGap(
                base, new ByteRange(position, base.size()), answer.gaps().getLast()));
        int untouched = untouched(base, windows);
        if (answer.gapVerification().size() == untouched) {
            return Optional.of(new Windows(windows, gaps, answer.gapVerification()));
        }
        if (answer.gapVerification().isEmpty()) {
            return Optional.empty();
        }
        throw wrong(
                base,
                answer.gapVerification().size() + " verification entries for " + untouched + " untouched segments");
    }

    private static void checkOrder(BaseFile base, List<ByteRange> windows) {
        long position = 0;
        for (ByteRange window : windows) {
            if (window.isEmpty() || window.start() < position || window.end() > base.size()) {
                throw wrong(base, "windows that are empty, out of order or reach past its end");
            }
            if (!base.isEdge(window.start())) {
                throw wrong(base, "a window at " + window.start() + ", where no segment begins");
            }
            position = window.end();
        }
    }

    /** How many segments no window overlaps. */
    private static int untouched(BaseFile base, List<ByteRange> windows) {
        int count = 0;
        int next = 0;
        for (int s = 0; s < base.count(); s++) {
            while (next < windows.size() && windows.get(next).end() <= base.start(s)) {
                next++;
            }
            if (next == windows.size() || windows.get(next).start() >= base.end(s)) {
                count++;
            }
        }
        return count;
    }

    /** The summary of a gap; nothing for a gap without bytes, whatever its empty summary says of where it is. */
    private static Optional<Subtree> checkedGap(BaseFile base, ByteRange gap, Optional<Subtree> summary) {
        long bytes = 0;
        for (Node node : summary.map(Subtree::nodes).orElse(List.of())) {
            if (node.size() > gap.length() - bytes) {
                throw wrong(base, "more chunks than fit between two windows");
            }
            bytes += node.size();
        }
        if (bytes != gap.length()) {
            throw wrong(base, bytes + " bytes of chunks where " + gap.length() + " are untouched");
        }
        if (gap.isEmpty()) {
            return Optional.empty();
        }
        if (summary.isPresent()
                && (summary.get().atStart() != (gap.start() == 0)
                        || summary.get().atEnd() != (gap.end() == base.size()))) {
            throw wrong(base, "untouched chunks at another place");
        }
        return summary;
    }

    /** Assigns edits to windows: the result is the index of the first edit of each window, and the count of edits. */
    int[] assign(BaseFile base, EditList edits) {
        List<Integer> firsts = new ArrayList<>();
        int next = 0;
        for (ByteRange window : windows) {
            firsts.add(next);
            while (next < edits.count() && isIn(edits, next, window, base.size())) {
                next++;
            }
        }
        if (next < edits.count()) {
            throw wrong(
                    base,
                    "windows that leave out edit " + next + " of ["
                            + edits.get(next).start() + ", " + edits.get(next).end() + ")");
        }
        firsts.add(next);
        return firsts.stream().mapToInt(Integer::intValue).toArray();
    }

    private static boolean isIn(EditList edits, int i, ByteRange window, long size) {
        long start = edits.get(i).start();
        long end = edits.get(i).end();
        if (start < window.start()) {
            return false;
        }
        if (start < end) {
            return end <= window.end();
        }
        return start < window.end() || (start == window.end() && start == size);
    }

    private static StorageException wrong(BaseFile base, String what) {
        return new StorageException(
                StorageException.Kind.CORRUPT, "the windows of file " + base.hash() + " describe " + what);
    }
}
