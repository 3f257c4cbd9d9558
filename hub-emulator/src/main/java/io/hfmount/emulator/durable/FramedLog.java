package io.hfmount.emulator.durable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An append-only file of records: a magic word, then frames of length (u32), CRC32C of length and payload (u32), payload.
 *
 * <p>A record is durable when {@link #append} returns. Since every append waits for the one before it, only the last
 * frame can be torn by a crash; it is cut off when the file is opened. A broken frame with anything but its own remains
 * behind it is damage and refused. Not thread-safe.
 */
public final class FramedLog implements AutoCloseable {
    /** Largest payload; a batch of a million operations fits. */
    public static final int MAX_RECORD = 1 << 30;

    /** Bytes of a file without records. */
    public static final int EMPTY = 8;

    private static final long MAGIC = 0x48464855424c4731L; // HFHUBLG1
    private static final int FRAME_HEAD = 8;
    private static final Logger log = LoggerFactory.getLogger(FramedLog.class);

    /** Takes the records of an existing file, in order. */
    @FunctionalInterface
    public interface Replay {
        void accept(byte[] payload) throws IOException;
    }

    private final Path file;
    private final FileChannel channel;
    private long end;
    private boolean broken;

    private FramedLog(Path file, FileChannel channel, long end) {
        this.file = file;
        this.channel = channel;
        this.end = end;
    }

    /** Starts a new file; nothing may be there. */
    public static FramedLog create(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try {
            writeFully(channel, ByteBuffer.allocate(8).putLong(MAGIC).flip(), 0);
            channel.force(true);
            return new FramedLog(file, channel, 8);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Opens a file, replays it and cuts a torn tail off.
     *
     * @throws IOException when it is damaged before its tail, or cannot be read
     */
    public static FramedLog open(Path file, Replay replay) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            long end = replay(file, channel, replay, true);
            return new FramedLog(file, channel, end);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Reads a finished file, which has no torn tail.
     *
     * @throws IOException when any frame is damaged
     */
    public static void read(Path file, Replay replay) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            replay(file, channel, replay, false);
        }
    }

    /** Bytes of the file. */
    public long size() {
        return end;
    }

    /**
     * Appends a record; it is durable when this returns.
     *
     * @throws IOException when it may not be durable. The file goes back to what it was; if even that fails, every later
     *     append is refused
     */
    public void append(byte[] payload) throws IOException {
        write(payload);
        sync();
    }

    /** Appends a record that is durable after the next {@link #sync}. */
    public void write(byte[] payload) throws IOException {
        if (broken) {
            throw new IOException(file + " failed before and takes no more records; restart to recover");
        }
        if (payload.length > MAX_RECORD || payload.length == 0) {
            throw new IOException("a record has 1 to " + MAX_RECORD + " bytes, not " + payload.length);
        }
        ByteBuffer head = ByteBuffer.allocate(FRAME_HEAD)
                .putInt(payload.length)
                .putInt(crc(payload))
                .flip();
        try {
            writeFully(channel, head, end);
            writeFully(channel, ByteBuffer.wrap(payload), end + FRAME_HEAD);
        } catch (IOException e) {
            try {
                channel.truncate(end);
            } catch (IOException again) {
                broken = true;
                e.addSuppressed(again);
            }
            throw e;
        }
        end += FRAME_HEAD + payload.length;
    }

    /** Makes everything written durable. After a failure nothing is known of the file, so it takes no more records. */
    public void sync() throws IOException {
        try {
            channel.force(false);
        } catch (IOException e) {
            broken = true;
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private static long replay(Path file, FileChannel channel, Replay replay, boolean mayBeTorn) throws IOException {
        long size = channel.size();
        ByteBuffer head = ByteBuffer.allocate(FRAME_HEAD);
        if (size < 8) {
            if (!mayBeTorn) {
                throw damaged(file, 0);
            }
            channel.truncate(0); // the crash hit the creation: nothing was acknowledged yet
            writeFully(channel, ByteBuffer.allocate(8).putLong(MAGIC).flip(), 0);
            channel.force(true);
            return 8;
        }
        readFully(channel, head, 0);
        if (head.getLong(0) != MAGIC) {
            throw new IOException(file + " is not a log of this Hub");
        }
        long at = 8;
        while (at < size) {
            byte[] payload = frame(channel, head, at, size);
            if (payload == null) {
                if (!mayBeTorn || !isTail(channel, head, at, size)) {
                    throw damaged(file, at);
                }
                log.warn("cut a torn record of {} bytes off the end of {}", size - at, file.getFileName());
                channel.truncate(at);
                channel.force(true);
                return at;
            }
            replay.accept(payload);
            at += FRAME_HEAD + payload.length;
        }
        return at;
    }

    /** The payload of the frame at {@code at}, or null when it is broken. */
    private static byte @Nullable [] frame(FileChannel channel, ByteBuffer head, long at, long size)
            throws IOException {
        if (size - at < FRAME_HEAD) {
            return null;
        }
        readFully(channel, head, at);
        int length = head.getInt(0);
        if (length <= 0 || length > MAX_RECORD || length > size - at - FRAME_HEAD) {
            return null;
        }
        byte[] payload = new byte[length];
        readFully(channel, ByteBuffer.wrap(payload), at + FRAME_HEAD);
        return crc(payload) == head.getInt(4) ? payload : null;
    }

    /** Whether the broken frame at {@code at} reaches the end of the file, or nothing but zeros does. */
    private static boolean isTail(FileChannel channel, ByteBuffer head, long at, long size) throws IOException {
        if (size - at < FRAME_HEAD) {
            return true;
        }
        readFully(channel, head, at);
        int length = head.getInt(0);
        if (length > 0 && length <= MAX_RECORD && length >= size - at - FRAME_HEAD) {
            return true;
        }
        ByteBuffer piece = ByteBuffer.allocate(64 * 1024);
        for (long from = at; from < size; from += piece.limit()) {
            piece.clear().limit((int) Math.min(piece.capacity(), size - from));
            readFully(channel, piece, from);
            while (piece.hasRemaining()) {
                if (piece.get() != 0) {
                    return false;
                }
            }
        }
        return true;
    }

    private static IOException damaged(Path file, long at) {
        return new IOException(file + " is damaged at byte " + at + "; restore it from a copy, or move it away");
    }

    private static int crc(byte[] payload) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(4).putInt(payload.length).flip());
        crc.update(payload);
        return (int) crc.getValue();
    }

    private static void readFully(FileChannel channel, ByteBuffer target, long at) throws IOException {
        if (target.position() != 0) {
            target.clear();
        }
        long from = at;
        while (target.hasRemaining()) {
            int n = channel.read(target, from);
            if (n < 0) {
                throw new IOException("the file became shorter while it was read");
            }
            from += n;
        }
        target.flip();
    }

    private static void writeFully(FileChannel channel, ByteBuffer source, long at) throws IOException {
        long to = at;
        while (source.hasRemaining()) {
            to += channel.write(source, to);
        }
    }
}
