package io.hfmount.xet.upload;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.shard.FileEntry;
import io.hfmount.xet.shard.ShardWriter;
import io.hfmount.xet.shard.XorbEntry;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Distributes a session's metadata over as few shards in upload form as the size limit allows (xet-protocol §8.6). Xorbs
 * come first; an entry that is larger than the limit gets a shard of its own.
 */
final class ShardPacker {
    private static final int RECORD = 48;
    private static final int FRAME = 3 * RECORD;

    private final int limit;
    private final List<byte[]> shards = new ArrayList<>();
    private final List<FileEntry> files = new ArrayList<>();
    private final List<XorbEntry> xorbs = new ArrayList<>();
    private long size = FRAME;

    private ShardPacker(int limit) {
        this.limit = limit;
    }

    /** The shards, none if there is nothing to register. */
    static List<byte[]> pack(List<FileEntry> files, List<XorbEntry> xorbs, int limit) {
        ShardPacker packer = new ShardPacker(limit);
        for (XorbEntry xorb : xorbs) {
            packer.makeRoom(RECORD * (1L + xorb.chunks().size()));
            packer.xorbs.add(xorb);
        }
        for (FileEntry file : files) {
            int perSegment = file.verification().isEmpty() ? 1 : 2;
            packer.makeRoom(RECORD * (2L + perSegment * (long) file.segments().size()));
            packer.files.add(file);
        }
        packer.write();
        return packer.shards;
    }

    /** Descriptions of sealed xorbs. */
    static List<XorbEntry> xorbEntries(List<OpenXorb> xorbs) {
        List<XorbEntry> entries = new ArrayList<>(xorbs.size());
        Set<ContentHash> seen = new HashSet<>();
        for (OpenXorb xorb : xorbs) {
            ContentHash hash = Objects.requireNonNull(xorb.hash(), "only sealed xorbs are described");
            if (seen.add(hash)) {
                entries.add(entry(hash, xorb.chunks()));
            }
        }
        return entries;
    }

    /** The description of a stored xorb. */
    static XorbEntry entry(ContentHash hash, List<Chunk> chunks) {
        List<XorbEntry.ChunkEntry> described = new ArrayList<>(chunks.size());
        int at = 0;
        for (Chunk chunk : chunks) {
            described.add(new XorbEntry.ChunkEntry(chunk.hash(), at, chunk.length(), false));
            at += chunk.length();
        }
        return new XorbEntry(hash, described, 0);
    }

    private void makeRoom(long bytes) {
        if (size + bytes > limit) {
            write();
        }
        size += bytes;
    }

    private void write() {
        if (!files.isEmpty() || !xorbs.isEmpty()) {
            shards.add(ShardWriter.upload(files, xorbs));
        }
        files.clear();
        xorbs.clear();
        size = FRAME;
    }
}
