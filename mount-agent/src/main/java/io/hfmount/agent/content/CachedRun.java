package io.hfmount.agent.content;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.ChunkRun;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * One file of the chunk cache: consecutive chunks of one xorb. Immutable, except for when it was marked as used;
 * compared by identity.
 *
 * <p>Format, big-endian: magic (8 bytes), xorb hash (32 raw bytes), first chunk index (4), number of chunks (4), for
 * each chunk its length (4) and the CRC-32C of its bytes (4), the CRC-32C of all before (4), then the chunks' bytes.
 * The name tells the hash, the first index and the number, so that a scan can bound what it reads.
 */
final class CachedRun {
    /** Chunks of a xorb (xet-protocol §1); no file holds more. */
    static final int MAX_CHUNKS = 8192;

    private static final long MAGIC = 0x48464d52_554e0001L; // "HFMRUN", version 1
    private static final int FIXED = 8 + ContentHash.BYTES + 4 + 4 + 4;
    static final int MAX_CHUNK = 1 << 24;
    private static final Pattern NAME = Pattern.compile("([0-9a-f]{64})-([0-9]{1,6})-([0-9]{1,4})");

    private final ContentHash xorb;
    private final int chunkStart;
    private final int[] ends;
    private final int[] checks;

    /** What the file's time of modification is, in milliseconds since the epoch. */
    private volatile long marked;

    private CachedRun(ContentHash xorb, int chunkStart, int[] ends, int[] checks) {
        this.xorb = xorb;
        this.chunkStart = chunkStart;
        this.ends = ends;
        this.checks = checks;
    }

    /** The chunks {@code [from, to)} of {@code run}, checksummed. */
    static CachedRun of(ChunkRun run, int from, int to) {
        int base = run.startOf(from);
        int[] ends = new int[to - from];
        int[] checks = new int[to - from];
        CRC32C crc = new CRC32C();
        for (int i = 0; i < ends.length; i++) {
            int start = run.startOf(from + i);
            int end = run.endOf(from + i);
            crc.reset();
            crc.update(run.data(), start, end - start);
            ends[i] = end - base;
            checks[i] = (int) crc.getValue();
        }
        return new CachedRun(run.xorb(), from, ends, checks);
    }

    /** How many bytes of header a file of this name has; -1 if no file of the cache has such a name. */
    static int headerLength(String name) {
        Matcher matcher = NAME.matcher(name);
        int count = matcher.matches() ? Integer.parseInt(matcher.group(3)) : 0;
        return count < 1 || count > MAX_CHUNKS ? -1 : FIXED + 8 * count;
    }

    /**
     * Reads a header.
     *
     * @param header as many bytes as {@link #headerLength} tells
     * @param size bytes of the whole file
     * @throws IOException unless everything agrees
     */
    static CachedRun parse(String name, ByteBuffer header, long size) throws IOException {
        CRC32C crc = new CRC32C();
        crc.update(header.slice(0, header.capacity() - 4));
        if ((int) crc.getValue() != header.getInt(header.capacity() - 4) || header.getLong(0) != MAGIC) {
            throw new IOException("the header of " + name + " is damaged");
        }
        byte[] raw = new byte[ContentHash.BYTES];
        header.get(8, raw);
        int at = 8 + ContentHash.BYTES;
        int start = header.getInt(at);
        int count = header.getInt(at + 4);
        at += 8;
        if (start < 0 || count < 1 || header.capacity() != FIXED + 8 * count) {
            throw new IOException("the header of " + name + " does not fit");
        }
        int[] ends = new int[count];
        int[] checks = new int[count];
        long end = 0;
        for (int i = 0; i < count; i++) {
            int length = header.getInt(at + 8 * i);
            end += length;
            if (length < 1 || length > MAX_CHUNK || end > Integer.MAX_VALUE) {
                throw new IOException("the header of " + name + " has a chunk of " + length + " bytes");
            }
            ends[i] = (int) end;
            checks[i] = header.getInt(at + 8 * i + 4);
        }
        CachedRun run = new CachedRun(ContentHash.fromRaw(raw), start, ends, checks);
        if (!run.name().equals(name) || run.fileBytes() != size) {
            throw new IOException(name + " holds something else or is cut");
        }
        return run;
    }

    /** The header as written. */
    ByteBuffer header() {
        ByteBuffer header = ByteBuffer.allocate(FIXED + 8 * ends.length);
        header.putLong(MAGIC).put(xorb.toRaw()).putInt(chunkStart).putInt(ends.length);
        for (int i = 0; i < ends.length; i++) {
            header.putInt(ends[i] - (i == 0 ? 0 : ends[i - 1])).putInt(checks[i]);
        }
        CRC32C crc = new CRC32C();
        crc.update(header.slice(0, header.position()));
        return header.putInt((int) crc.getValue()).flip();
    }

    /** File name. */
    String name() {
        return xorb.text() + "-" + chunkStart + "-" + ends.length;
    }

    /** Xorb hash. */
    ContentHash xorb() {
        return xorb;
    }

    /** Index of the first chunk inside the xorb. */
    int chunkStart() {
        return chunkStart;
    }

    /** One past the index of the last chunk inside the xorb. */
    int chunkEnd() {
        return chunkStart + ends.length;
    }

    /** Bytes of the file. */
    long fileBytes() {
        return FIXED + 8L * ends.length + ends[ends.length - 1];
    }

    /** Length of chunk {@code chunk} (counted inside the xorb). */
    int length(int chunk) {
        return end(chunk) - start(chunk);
    }

    /** Unpacked bytes of the chunks {@code [from, to)} (counted inside the xorb). */
    int length(int from, int to) {
        return end(to - 1) - start(from);
    }

    /** Where chunk {@code chunk} (counted inside the xorb) starts in the file. */
    long position(int chunk) {
        return FIXED + 8L * ends.length + start(chunk);
    }

    /** Whether {@code data}, read from the file, is the chunks {@code [from, to)}; its position does not move. */
    boolean sound(int from, int to, ByteBuffer data) {
        CRC32C crc = new CRC32C();
        ByteBuffer view = data.duplicate();
        int base = start(from) - data.position();
        for (int chunk = from; chunk < to; chunk++) {
            crc.reset();
            view.limit(end(chunk) - base).position(start(chunk) - base);
            crc.update(view);
            if ((int) crc.getValue() != checks[chunk - chunkStart]) {
                return false;
            }
        }
        return true;
    }

    /** When the file was last marked as used, in milliseconds since the epoch. */
    long marked() {
        return marked;
    }

    /** The file is marked as used at {@code millis}. */
    void mark(long millis) {
        marked = millis;
    }

    private int start(int chunk) {
        return chunk == chunkStart ? 0 : ends[chunk - chunkStart - 1];
    }

    private int end(int chunk) {
        return ends[chunk - chunkStart];
    }
}
