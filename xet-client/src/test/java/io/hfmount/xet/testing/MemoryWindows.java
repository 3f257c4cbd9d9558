package io.hfmount.xet.testing;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.cas.FileWindows;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.merkle.Node;
import io.hfmount.xet.merkle.Subtree;
import io.hfmount.xet.shard.Segment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The server's rule for windows (xet-protocol §13.3), for chunk lists in memory. */
final class MemoryWindows {
    private MemoryWindows() {}

    static FileWindows plan(
            List<Chunk> chunks,
            List<Segment> segments,
            List<ContentHash> verification,
            List<ByteRange> dirty,
            boolean aligned) {
        List<ByteRange> windows = plain(chunks, dirty);
        if (aligned) {
            windows = aligned(windows, segments);
        }
        long size = segments.stream().mapToLong(Segment::unpackedBytes).sum();
        List<Optional<Subtree>> gaps = new ArrayList<>();
        long from = 0;
        for (ByteRange window : windows) {
            gaps.add(gap(chunks, from, window.start(), size));
            from = window.end();
        }
        gaps.add(gap(chunks, from, size, size));
        List<ContentHash> untouched = new ArrayList<>();
        long start = 0;
        for (int s = 0; s < verification.size(); s++) {
            long begin = start;
            long end = begin + segments.get(s).unpackedBytes();
            if (windows.stream().noneMatch(w -> w.start() < end && begin < w.end())) {
                untouched.add(verification.get(s));
            }
            start = end;
        }
        return new FileWindows(size, windows, gaps, untouched);
    }

    private static List<ByteRange> plain(List<Chunk> chunks, List<ByteRange> dirty) {
        List<ByteRange> windows = new ArrayList<>();
        long start = -1;
        int previousClean = -1;
        long at = 0;
        for (Chunk chunk : chunks) {
            long begin = at;
            long end = at + chunk.length();
            boolean isDirty = dirty.stream().anyMatch(d -> d.start() < end && begin < d.end());
            if (start < 0 && isDirty) {
                start = begin;
                previousClean = -1;
            } else if (start >= 0 && isDirty) {
                previousClean = -1;
            } else if (start >= 0) {
                if (isStable(previousClean) && isStable(chunk.length())) {
                    windows.add(new ByteRange(start, end));
                    start = -1;
                }
                previousClean = chunk.length();
            }
            at = end;
        }
        if (start >= 0) {
            windows.add(new ByteRange(start, at));
        }
        return windows;
    }

    private static boolean isStable(int size) {
        return size >= 16_384 && size < 122_880;
    }

    private static List<ByteRange> aligned(List<ByteRange> windows, List<Segment> segments) {
        List<ByteRange> result = new ArrayList<>();
        for (ByteRange window : windows) {
            long edge = 0;
            for (Segment segment : segments) {
                if (edge >= window.end()) {
                    break;
                }
                edge += segment.unpackedBytes();
            }
            @Nullable ByteRange last = result.isEmpty() ? null : result.getLast();
            if (last != null && window.start() <= last.end()) {
                result.set(result.size() - 1, new ByteRange(last.start(), Math.max(last.end(), edge)));
            } else {
                result.add(new ByteRange(window.start(), edge));
            }
        }
        return result;
    }

    private static Optional<Subtree> gap(List<Chunk> chunks, long from, long to, long size) {
        if (from == to) {
            return Optional.empty();
        }
        List<Node> nodes = new ArrayList<>();
        long at = 0;
        for (Chunk chunk : chunks) {
            if (at >= from && at < to) {
                nodes.add(new Node(chunk.hash(), chunk.length()));
            }
            at += chunk.length();
        }
        return Optional.of(Subtree.from(from == 0, nodes, to == size));
    }
}
