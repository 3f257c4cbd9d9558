package io.hfmount.emulator.storage.disk;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.shard.FileEntry;
import io.hfmount.xet.shard.Segment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * One registered file on disk, little-endian: magic {@code HFMFILE1}, file hash, u32 segments n, u32 1 if a SHA-256
 * follows, n times (xorb hash, u32 unpacked bytes, u32 chunk start, u32 chunk end), n verification hashes, the SHA-256 as
 * shards store it, CRC-32C of all before.
 */
final class FileRecord {
    private static final long MAGIC = 0x31454c49464d4648L;
    private static final int HEAD = 8 + ContentHash.BYTES + 8;
    private static final int PER_SEGMENT = ContentHash.BYTES + 12 + ContentHash.BYTES;
    private static final int CRC = 4;

    private FileRecord() {}

    static byte[] encode(FileEntry entry) {
        int n = entry.segments().size();
        ContentHash sha256 = entry.sha256Stored();
        int length = Math.addExact(
                HEAD + CRC + (sha256 == null ? 0 : ContentHash.BYTES), Math.multiplyExact(n, PER_SEGMENT));
        ByteBuffer out = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(MAGIC).put(entry.hash().toRaw()).putInt(n).putInt(sha256 == null ? 0 : 1);
        for (Segment segment : entry.segments()) {
            out.put(segment.xorb().toRaw())
                    .putInt((int) segment.unpackedBytes())
                    .putInt(segment.chunkStart())
                    .putInt(segment.chunkEnd());
        }
        for (ContentHash hash : entry.verification()) {
            out.put(hash.toRaw());
        }
        if (sha256 != null) {
            out.put(sha256.toRaw());
        }
        out.putInt(crc(out.array(), out.position()));
        return out.array();
    }

    static FileEntry decode(byte[] record, ContentHash file) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN);
        if (record.length < HEAD + CRC || in.getInt(record.length - CRC) != crc(record, record.length - CRC)) {
            throw damaged(file, "its checksum is wrong");
        }
        if (in.getLong() != MAGIC || !hash(in).equals(file)) {
            throw damaged(file, "it is not the record of this file");
        }
        int n = in.getInt();
        boolean hasSha256 = in.getInt() == 1;
        long expected = HEAD + CRC + (hasSha256 ? ContentHash.BYTES : 0) + (long) PER_SEGMENT * n;
        if (n < 0 || expected != record.length) {
            throw damaged(file, "its length does not fit its segments");
        }
        List<Segment> segments = new ArrayList<>(n);
        for (int i = 0; i < n; i++) {
            segments.add(new Segment(hash(in), Integer.toUnsignedLong(in.getInt()), in.getInt(), in.getInt()));
        }
        List<ContentHash> verification = new ArrayList<>(n);
        for (int i = 0; i < n; i++) {
            verification.add(hash(in));
        }
        @Nullable ContentHash sha256 = hasSha256 ? hash(in) : null;
        return new FileEntry(file, segments, verification, sha256);
    }

    private static ContentHash hash(ByteBuffer in) {
        byte[] raw = new byte[ContentHash.BYTES];
        in.get(raw);
        return ContentHash.fromRaw(raw);
    }

    private static int crc(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    private static IOException damaged(ContentHash file, String why) {
        return new IOException("the stored registration of file " + file + " is damaged: " + why);
    }
}
