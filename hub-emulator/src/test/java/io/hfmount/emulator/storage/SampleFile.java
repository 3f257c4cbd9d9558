package io.hfmount.emulator.storage;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.compress.Scheme;
import io.hfmount.xet.hash.XetHashes;
import io.hfmount.xet.merkle.MerkleTree;
import io.hfmount.xet.shard.FileEntry;
import io.hfmount.xet.shard.Segment;
import io.hfmount.xet.shard.XorbEntry;
import io.hfmount.xet.xorb.SerializedXorb;
import io.hfmount.xet.xorb.XorbWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * A file as a client would upload it, without deduplication.
 *
 * @param content its bytes
 * @param entry its registration
 * @param xorbs the xorbs it needs
 */
public record SampleFile(byte[] content, FileEntry entry, List<SerializedXorb> xorbs) {
    /** Chunks {@code content} and cuts xorbs before they exceed {@code maxXorbBytes}. */
    public static SampleFile of(byte[] content, int maxXorbBytes) {
        return of(content, Chunker.chunksOf(content), maxXorbBytes, XorbWriter.fixed(Scheme.NONE));
    }

    /** The same of a given chunk list, with a given writer. */
    public static SampleFile of(byte[] content, List<Chunk> chunks, int maxXorbBytes, XorbWriter writer) {
        List<SerializedXorb> xorbs = new ArrayList<>();
        List<Segment> segments = new ArrayList<>();
        List<ContentHash> verification = new ArrayList<>();
        int at = 0;
        for (Chunk chunk : chunks) {
            if (writer.count() > 0 && writer.unpackedBytes() + chunk.length() > maxXorbBytes) {
                cut(writer, xorbs, segments, verification);
            }
            writer.add(chunk, content, at);
            at += chunk.length();
        }
        if (writer.count() > 0) {
            cut(writer, xorbs, segments, verification);
        }
        return new SampleFile(
                content, new FileEntry(MerkleTree.fileHash(chunks), segments, verification, null), List.copyOf(xorbs));
    }

    private static void cut(
            XorbWriter writer, List<SerializedXorb> xorbs, List<Segment> segments, List<ContentHash> verification) {
        SerializedXorb xorb = writer.finish();
        int count = xorb.index().count();
        xorbs.add(xorb);
        segments.add(new Segment(xorb.index().hash(), xorb.index().unpackedBytes(), 0, count));
        verification.add(xorb.index().rangeHash(0, count));
    }

    /** What a shard says of the xorbs. */
    public List<XorbEntry> xorbEntries() {
        return xorbs.stream().map(xorb -> XorbEntry.of(xorb.index())).toList();
    }

    /** The registration of the same content from the same xorbs, with a segment for every chunk. */
    public FileEntry inSingleChunks() {
        List<Segment> segments = new ArrayList<>();
        List<ContentHash> verification = new ArrayList<>();
        for (SerializedXorb xorb : xorbs) {
            for (int i = 0; i < xorb.index().count(); i++) {
                segments.add(new Segment(xorb.index().hash(), xorb.index().chunkLength(i), i, i + 1));
                verification.add(
                        XetHashes.rangeHash(List.of(xorb.index().chunks().get(i).hash())));
            }
        }
        return new FileEntry(entry.hash(), segments, verification, null);
    }
}
