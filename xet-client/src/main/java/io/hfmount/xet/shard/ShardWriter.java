package io.hfmount.xet.shard;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.hash.XetHashes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Writes shards in all their forms. Entries are sorted by hash (xet-protocol §2.1) as the format asks. Thread-safe.
 */
public final class ShardWriter {
    private ShardWriter() {}

    /**
     * The form that is uploaded: both sections, nothing behind them (xet-protocol §8.6).
     *
     * @throws IllegalArgumentException if some files have verification entries and others do not
     */
    public static byte[] upload(List<FileEntry> files, List<XorbEntry> xorbs) {
        return new Form(files, xorbs, false, ContentHash.ZERO, 0, 0, Lookups.NONE).write();
    }

    /**
     * The complete form with lookups and footer, as clients cache it.
     *
     * @param createdAt seconds since 1970
     * @param expiresAt seconds since 1970; {@link ShardFooter#NEVER} for no end
     */
    public static byte[] full(List<FileEntry> files, List<XorbEntry> xorbs, long createdAt, long expiresAt) {
        return new Form(files, xorbs, true, ContentHash.ZERO, createdAt, expiresAt, Lookups.ALL).write();
    }

    /**
     * A plain answer to a chunk query: xorbs and footer, no lookups (xet-protocol §8.7).
     *
     * @param xorbs with their eligible chunks marked, see {@link DedupEligibility}
     * @param createdAt seconds since 1970
     * @param expiresAt seconds since 1970; 0 would mean expired
     */
    public static byte[] dedupAnswer(List<XorbEntry> xorbs, long createdAt, long expiresAt) {
        return new Form(List.of(), xorbs, true, ContentHash.ZERO, createdAt, expiresAt, Lookups.NONE).write();
    }

    /**
     * A keyed answer to a chunk query: chunk hashes in keyed form, with lookups.
     *
     * @param xorbs with plain hashes, eligible chunks marked
     * @param key not zero
     */
    public static byte[] keyedDedupAnswer(List<XorbEntry> xorbs, ContentHash key, long createdAt, long expiresAt) {
        if (key.isZero()) {
            throw new IllegalArgumentException("the zero key means that hashes are plain");
        }
        List<XorbEntry> keyed = new ArrayList<>(xorbs.size());
        for (XorbEntry xorb : xorbs) {
            keyed.add(new XorbEntry(
                    xorb.hash(),
                    xorb.chunks().stream()
                            .map(chunk -> chunk.withHash(XetHashes.hmac(chunk.hash(), key)))
                            .toList(),
                    xorb.bytesOnDisk()));
        }
        return new Form(List.of(), keyed, true, key, createdAt, expiresAt, Lookups.ALL).write();
    }

    /** The identity of a shard: the chunk hash of its bytes. */
    public static ContentHash hash(byte[] shard) {
        return XetHashes.chunkHash(shard);
    }

    /** Bytes that {@link #upload} needs for these entries; what to watch to stay below {@link Shard#MAX_BYTES}. */
    public static long uploadLength(List<FileEntry> files, List<XorbEntry> xorbs) {
        long records = 3;
        for (FileEntry file : files) {
            records += 1 + file.segments().size() + file.verification().size() + (file.sha256Stored() == null ? 0 : 1);
        }
        for (XorbEntry xorb : xorbs) {
            records += 1 + xorb.chunks().size();
        }
        return records * ShardLayout.RECORD;
    }

    private enum Lookups {
        NONE,
        ALL
    }

    private record KeyAt(long key, int record) {}

    private record ChunkAt(long key, int xorb, int chunk) {}

    private static final class Form {
        private final List<FileEntry> files;
        private final List<XorbEntry> xorbs;
        private final boolean footer;
        private final ContentHash key;
        private final long createdAt;
        private final long expiresAt;
        private final boolean lookups;
        private final List<KeyAt> fileKeys = new ArrayList<>();
        private final List<KeyAt> xorbKeys = new ArrayList<>();
        private final List<ChunkAt> chunkKeys = new ArrayList<>();

        Form(
                List<FileEntry> files,
                List<XorbEntry> xorbs,
                boolean footer,
                ContentHash key,
                long createdAt,
                long expiresAt,
                Lookups lookups) {
            this.files =
                    files.stream().sorted(Comparator.comparing(FileEntry::hash)).toList();
            this.xorbs =
                    xorbs.stream().sorted(Comparator.comparing(XorbEntry::hash)).toList();
            this.footer = footer;
            this.key = key;
            this.createdAt = createdAt;
            this.expiresAt = expiresAt;
            this.lookups = lookups == Lookups.ALL;
        }

        byte[] write() {
            boolean verified = allVerified();
            long length = uploadLength(files, xorbs);
            if (lookups) {
                length += (long) ShardLayout.KEY_ENTRY * (files.size() + xorbs.size());
                for (XorbEntry xorb : xorbs) {
                    length += (long) ShardLayout.CHUNK_KEY_ENTRY * xorb.chunks().size();
                }
            }
            if (footer) {
                length += ShardLayout.FOOTER;
            }
            if (length > Shard.MAX_BYTES) {
                throw new IllegalArgumentException("a shard of " + length + " bytes exceeds " + Shard.MAX_BYTES
                        + "; register fewer files at once");
            }
            ShardBuffer out = new ShardBuffer((int) length);
            out.raw(ShardLayout.MAGIC);
            out.u64(ShardLayout.VERSION);
            out.u64(footer ? ShardLayout.FOOTER : 0);
            long fileSection = out.position();
            writeFiles(out, verified);
            long xorbSection = out.position();
            writeXorbs(out);
            if (footer) {
                writeTail(out, fileSection, xorbSection);
            }
            return out.finish();
        }

        private boolean allVerified() {
            boolean verified = files.stream().allMatch(FileEntry::isVerified);
            if (!verified
                    && files.stream().anyMatch(file -> !file.verification().isEmpty())) {
                throw new IllegalArgumentException("either all files of a shard have verification entries or none");
            }
            return verified;
        }

        private void writeFiles(ShardBuffer out, boolean verified) {
            int start = out.position();
            for (FileEntry file : files) {
                fileKeys.add(new KeyAt(file.hash().w0(), (out.position() - start) / ShardLayout.RECORD));
                ContentHash sha256 = file.sha256Stored();
                int flags = (verified ? ShardLayout.VERIFIED : 0) | (sha256 == null ? 0 : ShardLayout.METADATA);
                out.record(file.hash(), flags, file.segments().size(), 0, 0);
                for (Segment segment : file.segments()) {
                    out.record(
                            segment.xorb(), 0, (int) segment.unpackedBytes(), segment.chunkStart(), segment.chunkEnd());
                }
                for (ContentHash range : file.verification()) {
                    out.record(range, 0, 0, 0, 0);
                }
                if (sha256 != null) {
                    out.record(sha256, 0, 0, 0, 0);
                }
            }
            out.bookend();
        }

        private void writeXorbs(ShardBuffer out) {
            int start = out.position();
            for (int x = 0; x < xorbs.size(); x++) {
                XorbEntry xorb = xorbs.get(x);
                int record = (out.position() - start) / ShardLayout.RECORD;
                xorbKeys.add(new KeyAt(xorb.hash().w0(), record));
                out.record(xorb.hash(), 0, xorb.chunks().size(), xorb.unpackedBytes(), (int) xorb.bytesOnDisk());
                for (int c = 0; c < xorb.chunks().size(); c++) {
                    XorbEntry.ChunkEntry chunk = xorb.chunks().get(c);
                    chunkKeys.add(new ChunkAt(chunk.hash().w0(), record, c));
                    out.record(
                            chunk.hash(),
                            chunk.startOffset(),
                            chunk.length(),
                            chunk.dedupEligible() ? ShardLayout.ELIGIBLE : 0,
                            0);
                }
            }
            out.bookend();
        }

        private void writeTail(ShardBuffer out, long fileSection, long xorbSection) {
            ShardFooter.Table fileLookup = writeKeys(out, fileKeys);
            ShardFooter.Table xorbLookup = writeKeys(out, xorbKeys);
            ShardFooter.Table chunkLookup = writeChunkKeys(out);
            long footerAt = out.position();
            out.u64(ShardLayout.FOOTER_VERSION);
            out.u64(fileSection);
            out.u64(xorbSection);
            for (ShardFooter.Table table : List.of(fileLookup, xorbLookup, chunkLookup)) {
                out.u64(table.offset());
                out.u64(table.count());
            }
            out.hash(key);
            out.u64(createdAt);
            out.u64(expiresAt);
            out.zeros(48);
            out.u64(xorbs.stream().mapToLong(XorbEntry::bytesOnDisk).sum());
            out.u64(files.stream().mapToLong(FileEntry::size).sum());
            out.u64(xorbs.stream().mapToLong(XorbEntry::unpackedBytes).sum());
            out.u64(footerAt);
        }

        private ShardFooter.Table writeKeys(ShardBuffer out, List<KeyAt> keys) {
            long offset = out.position();
            if (!lookups) {
                return new ShardFooter.Table(offset, 0);
            }
            for (KeyAt entry : keys) {
                out.u64(entry.key());
                out.u32(entry.record());
            }
            return new ShardFooter.Table(offset, keys.size());
        }

        private ShardFooter.Table writeChunkKeys(ShardBuffer out) {
            long offset = out.position();
            if (!lookups) {
                return new ShardFooter.Table(offset, 0);
            }
            chunkKeys.sort((a, b) -> Long.compareUnsigned(a.key(), b.key()));
            for (ChunkAt entry : chunkKeys) {
                out.u64(entry.key());
                out.u32(entry.xorb());
                out.u32(entry.chunk());
            }
            return new ShardFooter.Table(offset, chunkKeys.size());
        }
    }
}
