package io.hfmount.xet.shard;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A parsed shard. Immutable.
 *
 * @param files registrations in the order of the shard
 * @param xorbs descriptions in the order of the shard
 * @param footer null for the form that is uploaded
 */
public record Shard(
        List<FileEntry> files,
        List<XorbEntry> xorbs,
        @Nullable ShardFooter footer) {
    /** Greatest length of a shard in bytes that is written or read. */
    public static final int MAX_BYTES = 64 << 20;

    public Shard {
        files = List.copyOf(files);
        xorbs = List.copyOf(xorbs);
    }
}
