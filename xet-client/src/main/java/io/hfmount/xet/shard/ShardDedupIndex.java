package io.hfmount.xet.shard;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.hash.XetHashes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds runs of chunks in the xorbs of one shard, plain or keyed. Immutable and thread-safe. The expiry of the shard is the
 * caller's to watch.
 */
public final class ShardDedupIndex {
    private final List<XorbEntry> xorbs;
    private final ContentHash key;
    private final Map<ContentHash, Position> firstPositions = new HashMap<>();

    private record Position(int xorb, int chunk) {}

    /**
     * A run of chunks that storage has.
     *
     * @param count number of queried chunks it covers, at least 1
     * @param xorb xorb hash
     * @param unpackedBytes length of the run in bytes
     * @param chunkStart first chunk index inside the xorb
     * @param chunkEnd one past the last chunk index
     */
    public record Match(int count, ContentHash xorb, long unpackedBytes, int chunkStart, int chunkEnd) {}

    /** Indexes the xorb section of {@code shard}. */
    public ShardDedupIndex(Shard shard) {
        this.xorbs = shard.xorbs();
        ShardFooter footer = shard.footer();
        this.key = footer == null ? ContentHash.ZERO : footer.hmacKey();
        for (int x = 0; x < xorbs.size(); x++) {
            List<XorbEntry.ChunkEntry> chunks = xorbs.get(x).chunks();
            for (int c = 0; c < chunks.size(); c++) {
                firstPositions.putIfAbsent(chunks.get(c).hash(), new Position(x, c));
            }
        }
    }

    /**
     * The run that starts at the first position of the first chunk and goes on as long as chunks agree.
     *
     * @param chunks plain chunk hashes in file order
     * @return null if the first is not here
     */
    public @Nullable Match find(List<ContentHash> chunks) {
        if (chunks.isEmpty()) {
            return null;
        }
        Position first = firstPositions.get(keyed(chunks.get(0)));
        if (first == null) {
            return null;
        }
        XorbEntry xorb = xorbs.get(first.xorb());
        int most = Math.min(chunks.size(), xorb.chunks().size() - first.chunk());
        int count = 1;
        while (count < most && xorb.chunks().get(first.chunk() + count).hash().equals(keyed(chunks.get(count)))) {
            count++;
        }
        int end = first.chunk() + count;
        return new Match(count, xorb.hash(), xorb.unpackedBytes(first.chunk(), end), first.chunk(), end);
    }

    private ContentHash keyed(ContentHash chunk) {
        return key.isZero() ? chunk : XetHashes.hmac(chunk, key);
    }
}
