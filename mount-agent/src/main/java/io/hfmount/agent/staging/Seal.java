package io.hfmount.agent.staging;

import io.hfmount.model.ByteRange;
import io.hfmount.model.RangeSet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stable view of a staging file's first bytes (mount-semantics §3.5 F1): before a change overwrites a block below the
 * sealed size for the first time, the old block is copied aside. Appends cost nothing. Where old bytes cannot be kept
 * (disk full, or a truncation of more than {@value #MAX_PRESERVED_BYTES} bytes at once) the seal breaks: reads throw, so
 * that no torn content is ever published (H-07).
 *
 * <p>Guarded by the owner's io lock, as {@link StagingFile} says.
 */
public final class Seal {
    /** Unit of copying, in bytes. */
    static final int BLOCK = 64 * 1024;

    /** Most bytes one change may make us copy before the seal is given up instead. */
    static final long MAX_PRESERVED_BYTES = 64L * 1024 * 1024;

    private static final Logger log = LoggerFactory.getLogger(Seal.class);

    private final StagingFile file;
    private final StagingArea area;
    private final long size;
    private final @Nullable RangeSet parts; // null: all
    private final BitSet kept = new BitSet();
    private @Nullable FileChannel images; // block i at i * BLOCK; sparse
    private long imageBytes;
    private boolean closed;
    private volatile boolean broken;

    Seal(StagingFile file, StagingArea area, long size, @Nullable RangeSet parts) {
        this.file = file;
        this.area = area;
        this.size = size;
        this.parts = parts;
    }

    /** Sealed size in bytes. */
    public long size() {
        return size;
    }

    /** Whether old bytes were lost to this view, so that it cannot be read any more. */
    public boolean broken() {
        return broken;
    }

    /**
     * Reads sealed bytes from {@code position} until {@code target} is full or the sealed size is reached.
     * In a view of parts alone, what lies outside them cannot be read.
     *
     * @return bytes read
     * @throws IOException when the seal is broken or the disk fails
     */
    public int read(long position, ByteBuffer target) throws IOException {
        if (closed) {
            throw new IOException("the seal has ended");
        }
        int wanted = (int) Math.min(target.remaining(), Math.max(0, size - position));
        if (parts != null && !parts.contains(position, position + wanted)) {
            throw new IOException("a hole of " + file + " is not to be published: " + wanted + " bytes at " + position);
        }
        int limit = target.limit();
        int start = target.position();
        int done = 0;
        while (done < wanted) {
            if (broken) {
                throw new IOException("the file was truncated or the disk filled up while it was being published");
            }
            long at = position + done;
            int block = (int) (at / BLOCK);
            boolean fromImage = kept.get(block);
            long until = Math.min(position + wanted, (long) runEnd(block, fromImage) * BLOCK);
            target.limit(start + done + (int) (until - at));
            int n = fromImage ? readImage(at, target) : file.read(at, target);
            if (n < until - at) {
                throw new IOException("staging file " + file + " is shorter than it was: " + (at + n) + " of " + size);
            }
            done += n;
        }
        target.limit(limit);
        return done;
    }

    private int readImage(long position, ByteBuffer target) throws IOException {
        FileChannel channel = images;
        if (channel == null) {
            throw new IOException("the before-images of " + file + " are gone");
        }
        try {
            return StagingFile.readFully(channel, position, target);
        } catch (ClosedChannelException e) {
            breakSeal("its before-images were closed by an interrupt");
            throw e;
        }
    }

    private int runEnd(int block, boolean fromImage) {
        int lastBlock = (int) ((size + BLOCK - 1) / BLOCK);
        int end = fromImage ? kept.nextClearBit(block) : kept.nextSetBit(block);
        return end < 0 ? lastBlock : Math.min(end, lastBlock);
    }

    /** Keeps the sealed bytes of {@code [start, end)}, which are about to change. */
    void preserve(long start, long end) {
        long cut = Math.min(end, size);
        if (broken || start >= cut) {
            return;
        }
        try {
            long room = MAX_PRESERVED_BYTES;
            if (parts == null) {
                preserveBlocks(start, cut, room);
            } else {
                for (ByteRange part : parts.within(start, cut)) {
                    room -= preserveBlocks(part.start(), part.end(), room);
                }
            }
        } catch (IOException e) {
            breakSeal(String.valueOf(e.getMessage()));
        }
    }

    /** Copies what is not copied yet; gives its bytes. */
    private long preserveBlocks(long start, long end, long room) throws IOException {
        int first = (int) (start / BLOCK);
        int last = (int) ((end - 1) / BLOCK);
        long missing = (last - first + 1 - kept.get(first, last + 1).cardinality()) * (long) BLOCK;
        if (missing > room) {
            throw new IOException("a truncation of more than " + MAX_PRESERVED_BYTES + " bytes");
        }
        for (int block = kept.nextClearBit(first); block <= last; block = kept.nextClearBit(block + 1)) {
            copy(block);
        }
        return missing;
    }

    private void copy(int block) throws IOException {
        FileChannel to = images;
        if (to == null) {
            Path path = file.path().resolveSibling(file.path().getFileName() + ".seal");
            to = FileChannel.open(
                    path,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            Files.delete(path); // the open descriptor is all we need, and nothing is left behind after a crash
            images = to;
        }
        long position = (long) block * BLOCK;
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(BLOCK, size - position));
        if (file.read(position, bytes) < bytes.capacity()) {
            throw new IOException("short read of " + file + " at " + position);
        }
        bytes.flip();
        while (bytes.hasRemaining()) {
            to.write(bytes, position + bytes.position());
        }
        imageBytes += bytes.capacity();
        area.charge(bytes.capacity());
        kept.set(block);
    }

    private void breakSeal(String why) {
        broken = true;
        log.info("publication of staging file {} starts over: {}", file, why);
        dropImages();
    }

    private void dropImages() {
        area.charge(-imageBytes);
        imageBytes = 0;
        FileChannel channel = images;
        images = null;
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                log.debug("closing before-images of {}: {}", file, e.getMessage());
            }
        }
    }

    /** Ends the view. Idempotent. */
    public void close() {
        if (!closed) {
            closed = true;
            dropImages();
            file.unseal(this);
        }
    }
}
