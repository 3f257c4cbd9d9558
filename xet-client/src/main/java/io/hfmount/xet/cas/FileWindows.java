package io.hfmount.xet.cas;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.merkle.Subtree;
import java.util.List;
import java.util.Optional;

/**
 * What must be cut anew to edit a file (xet-protocol §13.3). Immutable.
 *
 * @param fileSize length of the file in bytes
 * @param windows what must be cut anew
 * @param gaps the untouched chunks before, between and after the windows: one more than windows, empty where there are
 *     none
 * @param gapVerification verification entries of the segments that no window overlaps, in order; none for a file that was
 *     registered without
 */
public record FileWindows(
        long fileSize, List<ByteRange> windows, List<Optional<Subtree>> gaps, List<ContentHash> gapVerification) {
    public FileWindows {
        windows = List.copyOf(windows);
        gaps = List.copyOf(gaps);
        gapVerification = List.copyOf(gapVerification);
        if (gaps.size() != windows.size() + 1) {
            throw new IllegalArgumentException(windows.size() + " windows have " + gaps.size() + " gaps");
        }
    }
}
