package io.hfmount.xet.index;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One file of the index: records one after the other. Uses a plain file rather than a channel, because an interrupt would
 * close a channel for everyone. Not thread-safe.
 */
final class IndexLog implements AutoCloseable {
    private static final int WINDOW = 64 << 10;

    private final Path path;
    private final RandomAccessFile file;
    private long length;

    IndexLog(Path path) throws IOException {
        this.path = path;
        this.file = new RandomAccessFile(path.toFile(), "rw");
        this.length = file.length();
    }

    Path path() {
        return path;
    }

    long length() {
        return length;
    }

    /** Appends a record and returns where it begins. */
    long append(byte[] record) throws IOException {
        long at = length;
        file.seek(at);
        file.write(record);
        length = at + record.length;
        return at;
    }

    /** The payload of the record at {@code offset}. */
    byte[] payload(long offset, IndexRecord.Header header) throws IOException {
        byte[] payload = new byte[header.payload()];
        file.seek(offset + IndexRecord.HEADER);
        file.readFully(payload);
        return payload;
    }

    /**
     * Goes through the log.
     *
     * @param each gets offset and header of every record that is there in full
     * @param skipped runs for every damaged stretch, between the records around it
     */
    void scan(BiConsumer<Long, IndexRecord.Header> each, Runnable skipped) throws IOException {
        byte[] bytes = new byte[IndexRecord.HEADER];
        for (long at = 0; at + IndexRecord.HEADER <= length; ) {
            file.seek(at);
            file.readFully(bytes);
            IndexRecord.Header header = IndexRecord.header(bytes, 0);
            if (header == null) {
                long next = nextHeader(at + 1);
                if (next < 0) {
                    return;
                }
                skipped.run();
                at = next;
                continue;
            }
            long end = at + IndexRecord.HEADER + header.payload();
            if (end <= length) {
                each.accept(at, header);
            }
            at = end;
        }
    }

    /** Where the next sound header begins at or after {@code from}, or -1. */
    private long nextHeader(long from) throws IOException {
        byte[] window = new byte[WINDOW];
        for (long at = from; at + IndexRecord.HEADER <= length; at += WINDOW - IndexRecord.HEADER + 1) {
            int count = (int) Math.min(WINDOW, length - at);
            file.seek(at);
            file.readFully(window, 0, count);
            for (int i = 0; i + IndexRecord.HEADER <= count; i++) {
                if (IndexRecord.header(window, i) != null) {
                    return at + i;
                }
            }
        }
        return -1;
    }

    /** Closes and deletes the file. */
    void delete() throws IOException {
        close();
        Files.deleteIfExists(path);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    /** The number in the name of a log, null for other files. */
    static @Nullable Long number(Path path) {
        String name = path.getFileName().toString();
        return name.matches("chunks-\\d{10}\\.log") ? Long.valueOf(name.substring(7, 17)) : null;
    }

    static Path path(Path folder, long number) {
        return folder.resolve("chunks-%010d.log".formatted(number));
    }
}
