package io.hfmount.xet.shard;

import io.hfmount.model.ContentHash;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The registration of one file. Immutable.
 *
 * @param hash file hash
 * @param segments its pieces in order; none for the empty file
 * @param verification one range hash per segment, or none
 * @param sha256Stored SHA-256 of the content in stored form (xet-protocol §2.3)
 */
public record FileEntry(
        ContentHash hash,
        List<Segment> segments,
        List<ContentHash> verification,
        @Nullable ContentHash sha256Stored) {
    public FileEntry {
        segments = List.copyOf(segments);
        verification = List.copyOf(verification);
        if (!verification.isEmpty() && verification.size() != segments.size()) {
            throw new IllegalArgumentException(
                    verification.size() + " verification entries for " + segments.size() + " segments");
        }
        if (hash.equals(ContentHash.ONES)) {
            throw new IllegalArgumentException("the bookend is not the hash of a file");
        }
    }

    /** Length of the file in bytes. */
    public long size() {
        long size = 0;
        for (Segment segment : segments) {
            size += segment.unpackedBytes();
        }
        return size;
    }

    /** Whether every segment has its verification entry. */
    public boolean isVerified() {
        return verification.size() == segments.size();
    }
}
