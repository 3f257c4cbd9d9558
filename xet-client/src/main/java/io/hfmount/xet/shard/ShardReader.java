package io.hfmount.xet.shard;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.xorb.XorbLimits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads shards from untrusted bytes. Every count is compared with the bytes that are left before anything is allocated for
 * it. Lookup tables are not used, as everything they say stands in the sections. Thread-safe.
 */
public final class ShardReader {
    private final byte[] bytes;
    private int at = ShardLayout.RECORD;

    private ShardReader(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Reads a shard of either form; a footer is read when the header announces one.
     *
     * @throws ShardFormatException naming the first thing that is wrong
     */
    public static Shard read(byte[] bytes) throws ShardFormatException {
        ShardReader reader = new ShardReader(bytes);
        reader.checkHeader();
        return reader.readAll(reader.announcedFooter());
    }

    /**
     * Reads a shard as a server takes it: up to the end of the xorb section, whatever follows is ignored (xet-protocol
     * §8.6).
     *
     * @throws ShardFormatException naming the first thing that is wrong
     */
    public static Shard readUpload(byte[] bytes) throws ShardFormatException {
        ShardReader reader = new ShardReader(bytes);
        reader.checkHeader();
        return reader.readAll(0);
    }

    private void checkHeader() throws ShardFormatException {
        if (bytes.length > Shard.MAX_BYTES) {
            throw new ShardFormatException("a shard has at most " + Shard.MAX_BYTES + " bytes");
        }
        if (bytes.length < ShardLayout.RECORD
                || !Arrays.equals(bytes, 0, ShardLayout.MAGIC.length, ShardLayout.MAGIC, 0, ShardLayout.MAGIC.length)) {
            throw new ShardFormatException("not a shard: it does not start with the magic bytes");
        }
        if (u64(32) != ShardLayout.VERSION) {
            throw new ShardFormatException(
                    "shard version " + Long.toUnsignedString(u64(32)) + " is not known, only 2 is");
        }
    }

    private long announcedFooter() throws ShardFormatException {
        long footerSize = u64(40);
        if (footerSize != 0 && footerSize != ShardLayout.FOOTER) {
            throw new ShardFormatException("a footer of " + Long.toUnsignedString(footerSize)
                    + " bytes is announced, only 0 and 200 are known");
        }
        return footerSize;
    }

    private Shard readAll(long footerSize) throws ShardFormatException {
        try {
            List<FileEntry> files = readFiles();
            int xorbSection = at;
            List<XorbEntry> xorbs = readXorbs();
            return new Shard(files, xorbs, footerSize == 0 ? null : readFooter(xorbSection));
        } catch (IllegalArgumentException e) {
            // thrown by the constructors of the entries
            throw new ShardFormatException("record before byte " + at + ": " + e.getMessage());
        }
    }

    private List<FileEntry> readFiles() throws ShardFormatException {
        List<FileEntry> files = new ArrayList<>();
        int allFlags = -1;
        while (true) {
            int header = next("file section");
            ContentHash hash = hash(header);
            if (hash.equals(ContentHash.ONES)) {
                return files;
            }
            int flags = u32(header + 32);
            if ((flags & ~(ShardLayout.VERIFIED | ShardLayout.METADATA)) != 0) {
                throw new ShardFormatException("file " + hash + " has unknown flags " + Integer.toHexString(flags));
            }
            boolean verified = (flags & ShardLayout.VERIFIED) != 0;
            if (allFlags >= 0 && (allFlags == 1) != verified) {
                throw new ShardFormatException("either all files have verification entries or none");
            }
            allFlags = verified ? 1 : 0;
            int count = count(u32(header + 36), verified ? 2 : 1, Integer.MAX_VALUE, "segments of file " + hash);
            List<Segment> segments = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                int r = next("segments");
                segments.add(new Segment(hash(r), Integer.toUnsignedLong(u32(r + 36)), u32(r + 40), u32(r + 44)));
            }
            List<ContentHash> verification = new ArrayList<>(verified ? count : 0);
            for (int i = 0; verified && i < count; i++) {
                verification.add(hash(next("verification entries")));
            }
            ContentHash sha256 = (flags & ShardLayout.METADATA) != 0 ? hash(next("metadata entry")) : null;
            files.add(new FileEntry(hash, segments, verification, sha256));
        }
    }

    private List<XorbEntry> readXorbs() throws ShardFormatException {
        List<XorbEntry> xorbs = new ArrayList<>();
        while (true) {
            int header = next("xorb section");
            ContentHash hash = hash(header);
            if (hash.equals(ContentHash.ONES)) {
                return xorbs;
            }
            int count = count(u32(header + 36), 1, XorbLimits.MAX_CHUNKS, "chunks of xorb " + hash);
            List<XorbEntry.ChunkEntry> chunks = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                int r = next("chunks");
                boolean eligible = (u32(r + 40) & ShardLayout.ELIGIBLE) != 0;
                chunks.add(new XorbEntry.ChunkEntry(hash(r), u32(r + 32), u32(r + 36), eligible));
            }
            XorbEntry xorb = new XorbEntry(hash, chunks, Integer.toUnsignedLong(u32(header + 44)));
            if (xorb.unpackedBytes() != u32(header + 40)) {
                throw new ShardFormatException("xorb " + hash + " says " + Integer.toUnsignedString(u32(header + 40))
                        + " bytes, its chunks have " + xorb.unpackedBytes());
            }
            xorbs.add(xorb);
        }
    }

    private ShardFooter readFooter(int xorbSection) throws ShardFormatException {
        int sectionsEnd = at;
        int start = bytes.length - ShardLayout.FOOTER;
        if (start < sectionsEnd) {
            throw new ShardFormatException("the announced footer is missing");
        }
        if (u64(start) != ShardLayout.FOOTER_VERSION) {
            throw new ShardFormatException(
                    "footer version " + Long.toUnsignedString(u64(start)) + " is not known, only 1 is");
        }
        if (u64(start + 192) != start || u64(start + 8) != ShardLayout.RECORD || u64(start + 16) != xorbSection) {
            throw new ShardFormatException("the footer's section offsets contradict the sections");
        }
        return new ShardFooter(
                ShardLayout.RECORD,
                xorbSection,
                table(start + 24, ShardLayout.KEY_ENTRY, sectionsEnd, start),
                table(start + 40, ShardLayout.KEY_ENTRY, sectionsEnd, start),
                table(start + 56, ShardLayout.CHUNK_KEY_ENTRY, sectionsEnd, start),
                hash(start + 72),
                u64(start + 104),
                u64(start + 112),
                u64(start + 168),
                u64(start + 176),
                u64(start + 184));
    }

    private ShardFooter.Table table(int field, int entryBytes, int least, int end) throws ShardFormatException {
        long offset = u64(field);
        long count = u64(field + 8);
        // an unused table may have any offset
        if (count != 0
                && (offset < least || offset > end || Long.compareUnsigned(count, (end - offset) / entryBytes) > 0)) {
            throw new ShardFormatException("a lookup table lies outside the shard");
        }
        return new ShardFooter.Table(offset, count);
    }

    /** Checks that {@code count} times {@code recordsEach} records can follow. */
    private int count(int count, int recordsEach, int most, String what) throws ShardFormatException {
        int left = (bytes.length - at) / ShardLayout.RECORD / recordsEach;
        if (Integer.compareUnsigned(count, Math.min(left, most)) > 0) {
            throw new ShardFormatException(
                    Integer.toUnsignedString(count) + " " + what + " are more than fit or are allowed");
        }
        return count;
    }

    /** Takes the next record. */
    private int next(String where) throws ShardFormatException {
        if (bytes.length - at < ShardLayout.RECORD) {
            throw new ShardFormatException("the shard ends inside its " + where);
        }
        int record = at;
        at += ShardLayout.RECORD;
        return record;
    }

    private ContentHash hash(int off) {
        return ContentHash.fromRaw(bytes, off);
    }

    private int u32(int off) {
        return (int) ShardLayout.INT_LE.get(bytes, off);
    }

    private long u64(int off) {
        return (long) ShardLayout.LONG_LE.get(bytes, off);
    }
}
