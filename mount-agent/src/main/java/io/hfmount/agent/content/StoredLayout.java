package io.hfmount.agent.content;

import io.hfmount.model.ContentHash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The stored form of a layout, big-endian: magic (8 bytes), length of all (4), file hash (32 raw bytes), the file's length
 * (8), number of spans (4); for each span its file offset (8), xorb hash (32), first chunk index (4), number of chunks (4)
 * and the length of each chunk (4); the CRC-32C of all before (4).
 */
final class StoredLayout {
    /** Longest stored form, in bytes: the chunks of about 250 GiB. */
    static final int MAX_BYTES = 16 << 20;

    /** Bytes that tell how long the stored form is. */
    static final int PREFIX = 12;

    private static final long MAGIC = 0x48464d4c_41590001L; // "HFMLAY", version 1
    private static final int FIXED = PREFIX + ContentHash.BYTES + 8 + 4;
    private static final int SPAN = 8 + ContentHash.BYTES + 4 + 4;
    private static final int SUM = 4;
    private static final Pattern NAME = Pattern.compile("[0-9a-f]{64}-[0-9]{1,19}");

    private StoredLayout() {}

    /** File name. */
    static String name(ContentHash file, long size) {
        return file.text() + "-" + size;
    }

    /** Whether a layout can have this file name. */
    static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    /**
     * The stored form, with spans that go on from each other made one.
     *
     * @param spans in order
     * @return null if it is longer than {@link #MAX_BYTES}
     */
    static @Nullable ByteBuffer write(ContentHash file, long size, List<LayoutSpan> spans) {
        List<LayoutSpan> joined = join(spans);
        long length = FIXED + SUM;
        for (LayoutSpan span : joined) {
            length += SPAN + 4L * span.count();
        }
        if (length > MAX_BYTES) {
            return null;
        }
        ByteBuffer stored = ByteBuffer.allocate((int) length);
        stored.putLong(MAGIC).putInt((int) length).put(file.toRaw()).putLong(size);
        stored.putInt(joined.size());
        for (LayoutSpan span : joined) {
            stored.putLong(span.start()).put(span.xorb().toRaw());
            stored.putInt(span.chunkStart()).putInt(span.count());
            for (int i = 0; i < span.count(); i++) {
                stored.putInt(span.lengthOf(i));
            }
        }
        return stored.putInt(sumOf(stored.slice(0, stored.position()))).flip();
    }

    private static List<LayoutSpan> join(List<LayoutSpan> spans) {
        List<LayoutSpan> joined = new ArrayList<>();
        int from = 0;
        while (from < spans.size()) {
            int to = from + 1;
            while (to < spans.size()
                    && spans.get(to).goesOnFrom(spans.get(to - 1))
                    && spans.get(to).end() - spans.get(from).start() <= Integer.MAX_VALUE) {
                to++;
            }
            joined.add(LayoutSpan.join(spans.subList(from, to)));
            from = to;
        }
        return joined;
    }

    /**
     * How many bytes a stored form has.
     *
     * @param prefix its first {@link #PREFIX} bytes
     * @throws IOException if it is none
     */
    static int length(ByteBuffer prefix) throws IOException {
        int length = prefix.getInt(8);
        if (prefix.getLong(0) != MAGIC || length < FIXED + SUM || length > MAX_BYTES) {
            throw new IOException("it is no layout");
        }
        return length;
    }

    /**
     * Reads a stored form.
     *
     * @throws IOException unless everything agrees
     */
    static List<LayoutSpan> read(ByteBuffer stored, ContentHash file, long size) throws IOException {
        int end = stored.capacity() - SUM;
        if (length(stored) != stored.capacity() || stored.getInt(end) != sumOf(stored.slice(0, end))) {
            throw new IOException("its checksum is wrong");
        }
        ByteBuffer in = stored.slice(PREFIX, end - PREFIX);
        if (!hash(in).equals(file) || in.getLong() != size) {
            throw new IOException("it is of another file");
        }
        int count = in.getInt();
        List<LayoutSpan> spans = new ArrayList<>();
        long position = 0;
        for (int i = 0; i < count; i++) {
            LayoutSpan span = span(in);
            if (span.start() < position || span.end() > size) {
                throw new IOException("a span lies at " + span.start() + " to " + span.end() + " of " + size);
            }
            position = span.end();
            spans.add(span);
        }
        if (in.hasRemaining()) {
            throw new IOException("there are bytes behind its last span");
        }
        return spans;
    }

    private static LayoutSpan span(ByteBuffer in) throws IOException {
        if (in.remaining() < SPAN) {
            throw new IOException("it is cut");
        }
        long start = in.getLong();
        ContentHash xorb = hash(in);
        int chunkStart = in.getInt();
        int count = in.getInt();
        if (start < 0 || chunkStart < 0 || count < 1 || count > in.remaining() / 4) {
            throw new IOException("a span has " + count + " chunks from " + chunkStart);
        }
        int[] ends = new int[count];
        long end = 0;
        for (int i = 0; i < count; i++) {
            int length = in.getInt();
            end += length;
            if (length < 1 || length > CachedRun.MAX_CHUNK || end > Integer.MAX_VALUE) {
                throw new IOException("a chunk has " + length + " bytes");
            }
            ends[i] = (int) end;
        }
        if (start > Long.MAX_VALUE - end || chunkStart > Integer.MAX_VALUE - count) {
            throw new IOException("a span starts at " + start);
        }
        return new LayoutSpan(start, xorb, chunkStart, ends);
    }

    private static ContentHash hash(ByteBuffer in) {
        byte[] raw = new byte[ContentHash.BYTES];
        in.get(raw);
        return ContentHash.fromRaw(raw);
    }

    private static int sumOf(ByteBuffer data) {
        CRC32C crc = new CRC32C();
        crc.update(data);
        return (int) crc.getValue();
    }
}
