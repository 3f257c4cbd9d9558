package io.hfmount.emulator.storage.plan;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.merkle.Subtree;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client must re-chunk to edit a file, and the summaries of what it need not touch (xet-protocol §13.3).
 * Immutable.
 *
 * @param totalChunks chunks of the file
 * @param fileSize bytes of the file
 * @param windows ascending, disjoint, on chunk boundaries; at least one
 * @param hashRanges the chunks before, between and after the windows, null where there are none; one more than windows
 * @param gapVerification the verification hashes of the segments that no window overlaps, in order
 */
public record WindowPlan(
        int totalChunks,
        long fileSize,
        List<ByteRange> windows,
        List<@Nullable Subtree> hashRanges,
        List<ContentHash> gapVerification) {
    public WindowPlan {
        windows = List.copyOf(windows);
        hashRanges = Collections.unmodifiableList(new ArrayList<>(hashRanges));
        gapVerification = List.copyOf(gapVerification);
        if (hashRanges.size() != windows.size() + 1) {
            throw new IllegalArgumentException(
                    windows.size() + " windows leave " + (windows.size() + 1) + " gaps, not " + hashRanges.size());
        }
    }
}
