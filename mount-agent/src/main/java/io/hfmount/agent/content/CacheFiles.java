package io.hfmount.agent.content;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The disk as the chunk cache uses it: immutable files by name. A port, so that tests can make it fail. Thread-safe.
 */
interface CacheFiles extends Closeable {
    /**
     * A file found at start.
     *
     * @param name its name
     * @param size bytes
     * @param modified when it was written or touched, in milliseconds since the epoch
     */
    record Found(String name, long size, long modified) {}

    /** All files, in no order, after the leftovers of interrupted writes were removed. */
    List<Found> list() throws IOException;

    /**
     * Writes a file whole or not at all, as far as other calls can see.
     *
     * @param parts written one after the other
     * @param hurried whether the caller cannot wait for the disk, so that memory should take the bytes first
     */
    void write(String name, List<ByteBuffer> parts, boolean hurried) throws IOException;

    /**
     * Fills {@code target} up to its limit from {@code position}. An interrupt of the calling thread does not disturb
     * it, nor is it lost.
     *
     * @throws java.io.EOFException if the file is too short
     * @throws java.nio.file.NoSuchFileException if there is no such file
     */
    void read(String name, long position, ByteBuffer target) throws IOException;

    /** Has a part of a file read soon, so that {@link #read} finds it in memory. A hint; may take as long as a read. */
    void readAhead(String name, long position, long length);

    /**
     * Marks a file as used, for {@link Found#modified} of the next start.
     *
     * @param modified milliseconds since the epoch
     */
    void touch(String name, long modified) throws IOException;

    /** Removes a file; it is no error if it is gone. */
    void delete(String name) throws IOException;

    /** Gives up the directory. */
    @Override
    void close() throws IOException;
}
