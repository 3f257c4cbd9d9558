package io.hfmount.agent.staging;

import io.hfmount.model.RangeSet;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One epoch of one inode's staging: a local file. It lives as long as somebody holds it (the inode, seals) and is
 * deleted with the last holder, unless it is {@linkplain #keepOnDisk() to be kept}.
 *
 * <p>The owner's io lock orders the calls: {@link #write}, {@link #truncate}, {@link #seal} and {@link Seal#close} under
 * the write lock; {@link #read} and {@link Seal#read} under the read lock at least. Reference counting is thread-safe by
 * itself.
 *
 * <p>A thread that is interrupted inside file I/O closes the channel for everybody; the file then opens again and the
 * call goes on, with the interrupt status kept for the caller.
 */
public final class StagingFile {
    private static final Logger log = LoggerFactory.getLogger(StagingFile.class);

    private final StagingArea area;
    private final Path path;
    private final List<Seal> seals = new ArrayList<>(1); // guarded by the owner's io lock

    private volatile FileChannel channel; // replaced under this
    private volatile long length; // written under the owner's io write lock
    private long occupied; // charged to the area; written under the owner's io write lock
    private boolean sparse; // its owner says what it occupies; as occupied
    private int holders = 1; // guarded by this
    private boolean keep; // guarded by this

    private StagingFile(StagingArea area, Path path, FileChannel channel) {
        this.area = area;
        this.path = path;
        this.channel = channel;
    }

    /** {@code hole}: length to begin with; nothing of it counts as occupied. */
    static StagingFile create(StagingArea area, Path path, long hole) throws IOException {
        Files.createFile(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        StagingFile file = new StagingFile(area, path, openChannel(path));
        if (hole > 0) {
            file.sparse = true;
            try {
                file.truncate(hole);
            } catch (IOException | RuntimeException e) {
                file.release();
                throw e;
            }
        }
        return file;
    }

    private static FileChannel openChannel(Path path) throws IOException {
        return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    /** Bytes in the file. */
    public long length() {
        return length;
    }

    /** Where it is on disk, for reports. */
    public Path path() {
        return path;
    }

    /** Whether the file is still there; an administrator may have removed it (H-29). */
    public boolean exists() {
        return Files.exists(path);
    }

    /**
     * Reads from {@code position} until {@code target} is full or the file ends.
     *
     * @return bytes read
     */
    public int read(long position, ByteBuffer target) throws IOException {
        int start = target.position();
        uninterrupted(ch -> {
            int done = target.position() - start; // what an interrupted try had read stays
            return readFully(ch, position + done, target);
        });
        return target.position() - start;
    }

    /**
     * Writes all of {@code source} at {@code position}, keeping the old bytes for open seals first.
     *
     * @return bytes written; fewer than asked only when the disk failed after some
     */
    public int write(long position, ByteBuffer source) throws IOException {
        preserve(position, position + source.remaining());
        int start = source.position();
        try {
            uninterrupted(ch -> {
                while (source.hasRemaining()) {
                    ch.write(source, position + source.position() - start);
                }
                return 0;
            });
        } catch (IOException e) {
            if (source.position() == start) {
                throw e;
            }
            log.warn("short write to staging file {}: {}", path, e.getMessage());
        } finally {
            if (source.position() > start) {
                grow(position + source.position() - start);
            }
        }
        return source.position() - start;
    }

    /**
     * Sets the length; growth reads as zeros.
     *
     * @throws NoSuchFileException when the file was removed from outside (H-29)
     */
    public void truncate(long newLength) throws IOException {
        if (!exists()) {
            throw new NoSuchFileException(path.toString()); // opening it by name would make another one
        }
        if (newLength < length) {
            preserve(newLength, length);
        }
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(newLength);
        }
        length = newLength;
        lengthChanged();
    }

    /** Takes a stable view of the first {@code size} bytes; later changes keep what it needs. */
    public Seal seal(long size) {
        return seal(size, null);
    }

    /**
     * Like {@link #seal(long)}, for a view of {@code parts} alone: changes elsewhere keep nothing aside.
     *
     * @param parts offsets that may be read, below {@code size}; null for all
     */
    public Seal seal(long size, @Nullable RangeSet parts) {
        if (size > length) {
            throw new IllegalArgumentException("cannot seal " + size + " bytes of a file of " + length);
        }
        retain();
        Seal seal = new Seal(this, area, size, parts);
        seals.add(seal);
        return seal;
    }

    /** Adds a holder. */
    public synchronized void retain() {
        if (holders == 0) {
            throw new IllegalStateException("staging file " + path + " is gone");
        }
        holders++;
    }

    /** Drops a holder; with the last one the file is closed and deleted. */
    public synchronized void release() {
        if (holders == 0) {
            throw new IllegalStateException("staging file " + path + " was released twice");
        }
        if (--holders > 0) {
            return;
        }
        area.charge(-occupied);
        try {
            channel.close();
            if (!keep) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            log.warn("could not remove staging file {}: {}", path, e.getMessage());
        }
    }

    /** The bytes could not be published: the file stays on disk when its last holder goes. */
    public synchronized void keepOnDisk() {
        keep = true;
    }

    void unseal(Seal seal) {
        seals.remove(seal);
        release();
    }

    private void preserve(long start, long end) {
        for (int i = 0; i < seals.size(); i++) {
            seals.get(i).preserve(start, end);
        }
    }

    private void grow(long end) {
        if (end > length) {
            length = end;
            lengthChanged();
        }
    }

    private void lengthChanged() {
        if (!sparse) {
            charge(length);
        }
    }

    private void charge(long bytes) {
        area.charge(bytes - occupied);
        occupied = bytes;
    }

    /** What a file that began as a hole holds by now, in bytes; others are taken to be dense. */
    public void occupies(long bytes) {
        if (sparse && bytes != occupied) {
            charge(bytes);
        }
    }

    private <T> T uninterrupted(ChannelCall<T> call) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                FileChannel current = channel;
                try {
                    return call.apply(current);
                } catch (ClosedChannelException e) {
                    interrupted |= Thread.interrupted();
                    reopen(current, e);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @SuppressWarnings("ReferenceEquality") // the very channel that failed, not an equal one
    private synchronized void reopen(FileChannel closed, ClosedChannelException cause) throws IOException {
        if (holders == 0) {
            throw cause;
        }
        if (channel == closed) {
            try {
                channel = openChannel(path);
            } catch (NoSuchFileException e) {
                e.addSuppressed(cause);
                throw e;
            }
        }
    }

    static int readFully(FileChannel channel, long position, ByteBuffer target) throws IOException {
        int start = target.position();
        while (target.hasRemaining()) {
            int n = channel.read(target, position + target.position() - start);
            if (n < 0) {
                break;
            }
        }
        return target.position() - start;
    }

    @Override
    public String toString() {
        return path.toString();
    }

    @FunctionalInterface
    private interface ChannelCall<T> {
        T apply(FileChannel channel) throws IOException;
    }
}
