package io.hfmount.xet.compose;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.merkle.MerkleTree;
import io.hfmount.xet.merkle.Node;
import io.hfmount.xet.merkle.Subtree;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The hash of a file from front to back, out of single chunks and summaries of runs (xet-protocol §13.5). Not
 * thread-safe.
 */
final class RunningHash {
    /** Chunks after which a run is summarised. */
    private static final int RUN = 1 << 12;

    private final List<Node> run = new ArrayList<>();
    private @Nullable Subtree whole;
    private long bytes;

    /** The next chunks are those of a run as it was built: not the result of a merge that begins inside the file. */
    void add(Subtree part) {
        endRun();
        append(part);
    }

    /** The next chunk. */
    void add(Node chunk) {
        run.add(chunk);
        if (run.size() == RUN) {
            endRun();
        }
    }

    private void endRun() {
        if (!run.isEmpty()) {
            append(Subtree.from(false, run, false));
            run.clear();
        }
    }

    private void append(Subtree part) {
        Subtree before = whole;
        if (before == null) {
            whole = part.atStart() ? part : Subtree.empty(true, false).merge(part);
        } else {
            whole = before.merge(part);
        }
        bytes += part.size();
    }

    /** Bytes of all chunks, once {@linkplain #finish() finished}. */
    long bytes() {
        return bytes;
    }

    /**
     * The file's hash; nothing may be added afterwards.
     *
     * @throws IllegalStateException if summaries that came from outside do not close at one root
     */
    ContentHash finish() {
        endRun();
        Subtree all = whole;
        if (all == null || all.isEmpty()) {
            return ContentHash.ZERO;
        }
        Subtree closed = all.atEnd() ? all : all.merge(Subtree.empty(false, true));
        return MerkleTree.fileHashOfRoot(closed.finalHash());
    }
}
