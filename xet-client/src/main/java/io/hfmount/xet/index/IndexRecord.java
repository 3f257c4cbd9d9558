package io.hfmount.xet.index;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.shard.FileEntry;
import io.hfmount.xet.shard.Segment;
import io.hfmount.xet.xorb.XorbLimits;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The records of an index log, little-endian. Header, 60 bytes: magic (4), kind (4), key hash (32), two numbers (4, 4),
 * payload length (4), CRC32C of the payload (4), CRC32C of the header before it (4). The header alone says what a record
 * is about, so that opening a log reads no payload.
 *
 * <p>{@link #CHUNKS}: numbers are first index and count; payload is 36 bytes a chunk: hash, length. {@link #FILE}: numbers
 * are flags (1 = SHA-256, 2 = verification) and count; payload is per segment xorb hash, bytes (8), start, end, then the
 * verification hashes, then the SHA-256. {@link #FORGET_FILE}, {@link #FORGET_XORB}: no payload. {@link #TIME}: when the
 * records behind it in its log were learnt; the numbers are the seconds since 1970, high and low half; no key, no payload.
 */
final class IndexRecord {
    static final int MAGIC = 0x31584943;
    static final int HEADER = 60;
    static final int CHUNKS = 1;
    static final int FILE = 2;
    static final int FORGET_FILE = 3;
    static final int FORGET_XORB = 4;
    static final int TIME = 5;

    private static final int CHUNK = ContentHash.BYTES + 4;
    private static final int SEGMENT = ContentHash.BYTES + 16;
    private static final int MAX_PAYLOAD = 32 << 20;
    private static final int WITH_SHA256 = 1;
    private static final int WITH_VERIFICATION = 2;

    private IndexRecord() {}

    /** What a header says; {@code a} and {@code b} are the kind's numbers. */
    record Header(int kind, ContentHash key, int a, int b, int payload, int crc) {}

    /** The header in {@code bytes[off..off+HEADER)}, null unless it is sound. */
    static @Nullable Header header(byte[] bytes, int off) {
        ByteBuffer in = ByteBuffer.wrap(bytes, off, HEADER).order(ByteOrder.LITTLE_ENDIAN);
        if (in.getInt(off) != MAGIC || in.getInt(off + HEADER - 4) != crc(bytes, off, HEADER - 4)) {
            return null;
        }
        int kind = in.getInt(off + 4);
        ContentHash key = ContentHash.fromRaw(bytes, off + 8);
        Header header = new Header(
                kind, key, in.getInt(off + 40), in.getInt(off + 44), in.getInt(off + 48), in.getInt(off + 52));
        return isPlausible(header) ? header : null;
    }

    private static boolean isPlausible(Header header) {
        if (header.payload < 0 || header.payload > MAX_PAYLOAD) {
            return false;
        }
        return switch (header.kind) {
            case CHUNKS ->
                header.a >= 0
                        && header.b >= 1
                        && header.b <= XorbLimits.MAX_CHUNKS - header.a
                        && header.payload == header.b * CHUNK;
            case FILE -> header.b >= 0 && header.payload >= (long) header.b * SEGMENT;
            case FORGET_FILE, FORGET_XORB, TIME -> header.payload == 0;
            default -> false;
        };
    }

    /** Completes {@code bytes}, whose payload is written, with its header. */
    private static byte[] record(int kind, ContentHash key, int a, int b, byte[] bytes) {
        ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(0, MAGIC).putInt(4, kind).putInt(40, a).putInt(44, b).putInt(48, bytes.length - HEADER);
        key.writeRaw(bytes, 8);
        out.putInt(52, crc(bytes, HEADER, bytes.length - HEADER));
        out.putInt(HEADER - 4, crc(bytes, 0, HEADER - 4));
        return bytes;
    }

    private static ByteBuffer payloadOf(byte[] record) {
        return ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN).position(HEADER);
    }

    static byte[] chunks(ContentHash xorb, int start, List<Chunk> chunks) {
        byte[] record = new byte[HEADER + chunks.size() * CHUNK];
        ByteBuffer out = payloadOf(record);
        for (Chunk chunk : chunks) {
            out.put(chunk.hash().toRaw()).putInt(chunk.length());
        }
        return record(CHUNKS, xorb, start, chunks.size(), record);
    }

    /** The record of a file, null if it has more segments than a record holds. */
    static byte @Nullable [] file(FileEntry file) {
        ContentHash sha256 = file.sha256Stored();
        long payload = (long) file.segments().size() * SEGMENT
                + (long) file.verification().size() * ContentHash.BYTES
                + (sha256 == null ? 0 : ContentHash.BYTES);
        if (payload > MAX_PAYLOAD) {
            return null;
        }
        byte[] record = new byte[HEADER + (int) payload];
        ByteBuffer out = payloadOf(record);
        for (Segment segment : file.segments()) {
            out.put(segment.xorb().toRaw())
                    .putLong(segment.unpackedBytes())
                    .putInt(segment.chunkStart())
                    .putInt(segment.chunkEnd());
        }
        file.verification().forEach(hash -> out.put(hash.toRaw()));
        if (sha256 != null) {
            out.put(sha256.toRaw());
        }
        int flags = (sha256 == null ? 0 : WITH_SHA256) | (file.verification().isEmpty() ? 0 : WITH_VERIFICATION);
        return record(FILE, file.hash(), flags, file.segments().size(), record);
    }

    static byte[] forget(int kind, ContentHash key) {
        return record(kind, key, 0, 0, new byte[HEADER]);
    }

    static byte[] time(long seconds) {
        return record(TIME, ContentHash.ZERO, (int) (seconds >>> 32), (int) seconds, new byte[HEADER]);
    }

    /** The seconds of a {@link #TIME} record. */
    static long time(Header header) {
        return ((long) header.a << 32) | Integer.toUnsignedLong(header.b);
    }

    /** Whether a payload is what was written. */
    static boolean isSound(Header header, byte[] payload) {
        return crc(payload, 0, payload.length) == header.crc;
    }

    /** The hash of chunk {@code i} of the payload that begins at {@code bytes[off]}. */
    static ContentHash chunkHash(byte[] bytes, int off, int i) {
        return ContentHash.fromRaw(bytes, off + i * CHUNK);
    }

    /** The chunks of a record's payload, null unless it is sound. */
    static KnownXorb.@Nullable Run readChunks(Header header, byte[] payload) {
        if (!isSound(header, payload)) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
        List<Chunk> chunks = new ArrayList<>(header.b);
        for (int i = 0; i < header.b; i++) {
            ContentHash hash = hash(in);
            int length = in.getInt();
            if (length < 1 || length > Chunker.MAX) {
                return null;
            }
            chunks.add(new Chunk(hash, length));
        }
        return new KnownXorb.Run(header.a, chunks);
    }

    /** The file of a record's payload, null unless it is sound. */
    static @Nullable FileEntry readFile(Header header, byte[] payload) {
        if (!isSound(header, payload)) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
        try {
            List<Segment> segments = new ArrayList<>(header.b);
            for (int i = 0; i < header.b; i++) {
                segments.add(new Segment(hash(in), in.getLong(), in.getInt(), in.getInt()));
            }
            List<ContentHash> verification = new ArrayList<>();
            if ((header.a & WITH_VERIFICATION) != 0) {
                for (int i = 0; i < header.b; i++) {
                    verification.add(hash(in));
                }
            }
            ContentHash sha256 = (header.a & WITH_SHA256) != 0 ? hash(in) : null;
            return in.hasRemaining() ? null : new FileEntry(header.key, segments, verification, sha256);
        } catch (IllegalArgumentException | BufferUnderflowException e) {
            return null;
        }
    }

    private static ContentHash hash(ByteBuffer in) {
        byte[] raw = new byte[ContentHash.BYTES];
        in.get(raw);
        return ContentHash.fromRaw(raw);
    }

    private static int crc(byte[] bytes, int off, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, off, length);
        return (int) crc.getValue();
    }
}
