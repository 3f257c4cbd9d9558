package io.hfmount.xet.index;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.merkle.MerkleTree;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The known chunks of a xorb. Immutable.
 *
 * @param xorb xorb hash
 * @param runs in order, neither overlapping nor touching
 */
public record KnownXorb(ContentHash xorb, List<Run> runs) {
    public KnownXorb {
        runs = List.copyOf(runs);
    }

    /**
     * Consecutive chunks.
     *
     * @param start index of the first one inside the xorb
     * @param chunks at least one
     */
    public record Run(int start, List<Chunk> chunks) {
        public Run {
            chunks = List.copyOf(chunks);
            if (start < 0 || chunks.isEmpty()) {
                throw new IllegalArgumentException("a run has chunks and does not start before 0");
            }
        }

        /** One past the index of the last chunk. */
        public int end() {
            return start + chunks.size();
        }
    }

    /**
     * Joins runs that may overlap.
     *
     * @return null if two of them disagree about a chunk
     */
    static @Nullable KnownXorb join(ContentHash xorb, List<Run> pieces) {
        List<Run> sorted = new ArrayList<>(pieces);
        sorted.sort(Comparator.comparingInt(Run::start));
        List<Run> joined = new ArrayList<>();
        int start = 0;
        List<Chunk> open = new ArrayList<>();
        for (Run piece : sorted) {
            if (!open.isEmpty() && piece.start > start + open.size()) {
                joined.add(new Run(start, open));
                open = new ArrayList<>();
            }
            if (open.isEmpty()) {
                start = piece.start;
            }
            for (int i = 0; i < piece.chunks.size(); i++) {
                int at = piece.start + i - start;
                Chunk chunk = piece.chunks.get(i);
                if (at == open.size()) {
                    open.add(chunk);
                } else if (!open.get(at).equals(chunk)) {
                    return null;
                }
            }
        }
        if (!open.isEmpty()) {
            joined.add(new Run(start, open));
        }
        return new KnownXorb(xorb, joined);
    }

    /** Whether chunks {@code [from, to)} are known. */
    public boolean covers(int from, int to) {
        return from >= 0 && from < to && runOf(from, to) != null;
    }

    /**
     * Chunks {@code [from, to)}.
     *
     * @throws IllegalArgumentException unless they are {@linkplain #covers known}
     */
    public List<Chunk> chunks(int from, int to) {
        Run run = runOf(from, to);
        if (run == null || from < 0 || from >= to) {
            throw new IllegalArgumentException("chunks [" + from + ", " + to + ") of xorb " + xorb + " are not known");
        }
        return run.chunks.subList(from - run.start, to - run.start);
    }

    private @Nullable Run runOf(int from, int to) {
        for (Run run : runs) {
            if (run.start <= from && to <= run.end()) {
                return run;
            }
        }
        return null;
    }

    /** Whether the list is proved to be whole: its chunks make the xorb's hash. Computes a tree. */
    public boolean isComplete() {
        return runs.size() == 1
                && runs.getFirst().start == 0
                && MerkleTree.xorbHash(runs.getFirst().chunks).equals(xorb);
    }
}
