package io.hfmount.agent.content;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** A disk in memory that can be made to fail, and that remembers the most it ever held. */
final class MemoryCacheFiles implements CacheFiles {
    private final Map<String, byte[]> files = new LinkedHashMap<>();
    private final List<String> readAheads = new ArrayList<>();
    private final Map<String, Long> touched = new HashMap<>();
    private long most;
    private int writes;
    private Predicate<String> failsWrite = name -> false;
    private Predicate<String> failsRead = name -> false;
    private Predicate<String> failsDelete = name -> false;

    synchronized void failWrites(Predicate<String> names) {
        failsWrite = names;
    }

    synchronized void failReads(Predicate<String> names) {
        failsRead = names;
    }

    synchronized void failDeletes(Predicate<String> names) {
        failsDelete = names;
    }

    /** The bytes of a file, to be damaged. */
    synchronized byte[] bytes(String name) {
        return files.get(name);
    }

    synchronized List<String> names() {
        return List.copyOf(files.keySet());
    }

    synchronized long size() {
        return files.values().stream().mapToLong(bytes -> bytes.length).sum();
    }

    /** How often a file was written. */
    synchronized int writes() {
        return writes;
    }

    synchronized long most() {
        return most;
    }

    synchronized void put(String name, byte[] bytes) {
        files.put(name, bytes);
    }

    @Override
    public synchronized List<Found> list() {
        List<Found> found = new ArrayList<>();
        files.forEach((name, bytes) ->
                found.add(new Found(name, bytes.length, touched.getOrDefault(name, (long) found.size()))));
        return found;
    }

    @Override
    public synchronized void write(String name, List<ByteBuffer> parts, boolean hurried) throws IOException {
        if (failsWrite.test(name)) {
            throw new IOException("No space left on device");
        }
        byte[] bytes = new byte[parts.stream().mapToInt(ByteBuffer::remaining).sum()];
        ByteBuffer into = ByteBuffer.wrap(bytes);
        parts.forEach(part -> into.put(part.duplicate()));
        files.put(name, bytes);
        writes++;
        most = Math.max(most, size());
    }

    @Override
    public synchronized void read(String name, long position, ByteBuffer target) throws IOException {
        byte[] bytes = files.get(name);
        if (bytes == null) {
            throw new NoSuchFileException(name);
        }
        if (failsRead.test(name)) {
            throw new IOException("Input/output error");
        }
        if (position + target.remaining() > bytes.length) {
            throw new EOFException(name);
        }
        target.put(bytes, (int) position, target.remaining());
    }

    /** What was asked to be read ahead, as name, position and length, once that are {@code count}. */
    synchronized List<String> readAheads(int count) throws InterruptedException {
        while (readAheads.size() < count) {
            wait();
        }
        return List.copyOf(readAheads);
    }

    @Override
    public synchronized void readAhead(String name, long position, long length) {
        readAheads.add(name + " " + position + " " + length);
        notifyAll();
    }

    @Override
    public synchronized void touch(String name, long modified) throws IOException {
        if (!files.containsKey(name)) {
            throw new NoSuchFileException(name);
        }
        touched.put(name, modified);
    }

    @Override
    public synchronized void delete(String name) throws IOException {
        if (failsDelete.test(name)) {
            throw new IOException("Input/output error");
        }
        files.remove(name);
    }

    @Override
    public void close() {}
}
