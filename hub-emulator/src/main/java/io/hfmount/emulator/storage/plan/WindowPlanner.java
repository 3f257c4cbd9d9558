package io.hfmount.emulator.storage.plan;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.merkle.Node;
import io.hfmount.xet.merkle.Subtree;
import io.hfmount.xet.shard.FileEntry;
import io.hfmount.xet.shard.Segment;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the windows of an edit (xet-protocol §13.3). Stateless and thread-safe; reads layouts, so not for event loops.
 *
 * <p>A window opens at the first chunk that an edit touches and extends until two consecutive clean chunks of stable size
 * were absorbed. Aligning then moves its end up to the end of the segment that contains it, which protects clients that drop the rest of such a segment (§13.6).
 */
public final class WindowPlanner {
    /** A gap is summarised in runs of at most this many chunks, then merged, to bound the nodes in memory. */
    private static final int CHUNKS_PER_RUN = 1 << 16;

    private static final int STABLE_LEAST = 2 * Chunker.MIN;
    private static final int STABLE_LIMIT = Chunker.MAX - Chunker.MIN;

    private final XorbLayouts layouts;

    /** A planner over {@code layouts}. */
    public WindowPlanner(XorbLayouts layouts) {
        this.layouts = layouts;
    }

    /**
     * Plans the windows of one file.
     *
     * @param file the registered file
     * @param dirty edited ranges, ascending and disjoint; they may reach past the end
     * @param align whether windows end on segment boundaries
     * @return the plan, or null when no dirty range touches a byte of the file
     * @throws IOException if a layout cannot be read
     */
    public @Nullable WindowPlan plan(FileEntry file, List<ByteRange> dirty, boolean align) throws IOException {
        ChunkWalk walk = new ChunkWalk(file.segments(), layouts.remembering());
        List<Window> windows = plainWindows(walk, dirty);
        if (windows.isEmpty()) {
            return null;
        }
        if (align) {
            windows = aligned(windows, walk);
        }
        List<ByteRange> ranges = new ArrayList<>(windows.size());
        List<@Nullable Subtree> gaps = new ArrayList<>(windows.size() + 1);
        int chunk = 0;
        for (Window window : windows) {
            gaps.add(gap(walk, chunk, window.firstChunk()));
            ranges.add(new ByteRange(window.start(), window.end()));
            chunk = window.endChunk();
        }
        gaps.add(gap(walk, chunk, walk.totalChunks()));
        return new WindowPlan(
                walk.totalChunks(), walk.fileSize(), ranges, gaps, untouchedVerification(file, walk, ranges));
    }

    private static List<Window> plainWindows(ChunkWalk walk, List<ByteRange> dirty) throws IOException {
        List<Window> windows = new ArrayList<>();
        int nextDirty = 0;
        Window open = null;
        int previousClean = -1;
        int chunk = 0;
        long position = 0;
        for (int s = 0; s < walk.segments(); s++) {
            XorbLayout layout = walk.layout(s);
            for (int c = walk.segment(s).chunkStart(); c < walk.segment(s).chunkEnd(); c++, chunk++) {
                int size = layout.length(c);
                long end = position + size;
                while (nextDirty < dirty.size() && dirty.get(nextDirty).end() <= position) {
                    nextDirty++;
                }
                boolean isDirty = nextDirty < dirty.size()
                        && dirty.get(nextDirty).start() < end
                        && !dirty.get(nextDirty).isEmpty();
                if (open != null || isDirty) {
                    open = open == null
                            ? new Window(chunk, chunk + 1, position, end)
                            : new Window(open.firstChunk(), chunk + 1, open.start(), end);
                    if (isDirty) {
                        previousClean = -1;
                    } else if (isStable(previousClean) && isStable(size)) {
                        windows.add(open);
                        open = null;
                        previousClean = -1;
                    } else {
                        previousClean = size;
                    }
                }
                position = end;
            }
        }
        if (open != null) {
            windows.add(open);
        }
        return windows;
    }

    private static boolean isStable(int size) {
        return size >= STABLE_LEAST && size < STABLE_LIMIT;
    }

    private static List<Window> aligned(List<Window> plain, ChunkWalk walk) {
        List<Window> result = new ArrayList<>(plain.size());
        int segment = 0;
        for (Window window : plain) {
            while (walk.chunkEnd(segment) < window.endChunk()) {
                segment++;
            }
            Window whole =
                    new Window(window.firstChunk(), walk.chunkEnd(segment), window.start(), walk.byteEnd(segment));
            Window last = result.isEmpty() ? null : result.getLast();
            if (last != null && whole.firstChunk() <= last.endChunk()) {
                result.set(
                        result.size() - 1, new Window(last.firstChunk(), whole.endChunk(), last.start(), whole.end()));
            } else {
                result.add(whole);
            }
        }
        return result;
    }

    private static @Nullable Subtree gap(ChunkWalk walk, int from, int to) throws IOException {
        if (from == to) {
            return null;
        }
        Subtree whole = null;
        List<Node> run = new ArrayList<>(Math.min(to - from, CHUNKS_PER_RUN));
        int done = from;
        for (int s = walk.segmentOfChunk(from); done < to; s++) {
            XorbLayout layout = walk.layout(s);
            int c = walk.segment(s).chunkStart() + done - walk.chunkStart(s);
            for (; c < walk.segment(s).chunkEnd() && done < to; c++) {
                run.add(new Node(layout.hash(c), layout.length(c)));
                done++;
                if (run.size() == CHUNKS_PER_RUN || done == to) {
                    boolean first = from == 0 && whole == null;
                    Subtree part = Subtree.from(first, run, done == walk.totalChunks());
                    whole = whole == null ? part : whole.merge(part);
                    run.clear();
                }
            }
        }
        return whole;
    }

    private static List<ContentHash> untouchedVerification(FileEntry file, ChunkWalk walk, List<ByteRange> windows) {
        List<ContentHash> result = new ArrayList<>();
        int next = 0;
        for (int s = 0; s < file.verification().size(); s++) {
            while (next < windows.size() && windows.get(next).end() <= walk.byteStart(s)) {
                next++;
            }
            if (next == windows.size() || windows.get(next).start() >= walk.byteEnd(s)) {
                result.add(file.verification().get(s));
            }
        }
        return result;
    }

    /** Chunks {@code [firstChunk, endChunk)} of the file, which are its bytes {@code [start, end)}. */
    private record Window(int firstChunk, int endChunk, long start, long end) {}

    /** The segments of a file with the chunk and byte positions they end at. */
    private static final class ChunkWalk {
        private final List<Segment> segments;
        private final XorbLayouts layouts;
        private final int[] chunkEnds;
        private final long[] byteEnds;

        ChunkWalk(List<Segment> segments, XorbLayouts layouts) {
            this.segments = segments;
            this.layouts = layouts;
            this.chunkEnds = new int[segments.size()];
            this.byteEnds = new long[segments.size()];
            int chunks = 0;
            long bytes = 0;
            for (int s = 0; s < segments.size(); s++) {
                Segment segment = segments.get(s);
                chunks = Math.addExact(chunks, segment.chunkEnd() - segment.chunkStart());
                bytes += segment.unpackedBytes();
                chunkEnds[s] = chunks;
                byteEnds[s] = bytes;
            }
        }

        int segments() {
            return segments.size();
        }

        Segment segment(int s) {
            return segments.get(s);
        }

        XorbLayout layout(int s) throws IOException {
            return layouts.require(segments.get(s).xorb());
        }

        int chunkStart(int s) {
            return s == 0 ? 0 : chunkEnds[s - 1];
        }

        int chunkEnd(int s) {
            return chunkEnds[s];
        }

        long byteStart(int s) {
            return s == 0 ? 0 : byteEnds[s - 1];
        }

        long byteEnd(int s) {
            return byteEnds[s];
        }

        int totalChunks() {
            return chunkStart(segments.size());
        }

        long fileSize() {
            return byteStart(segments.size());
        }

        int segmentOfChunk(int chunk) {
            int found = Arrays.binarySearch(chunkEnds, chunk + 1);
            return found >= 0 ? found : -found - 1;
        }
    }
}
