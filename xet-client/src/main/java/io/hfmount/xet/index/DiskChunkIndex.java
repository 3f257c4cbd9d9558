package io.hfmount.xet.index;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.shard.FileEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link ChunkIndex} in append-only logs of one folder. Only where records are is kept in memory, about 100 bytes each.
 * When the logs exceed their limit the oldest one is deleted; lists in it that were used since the last time get a second
 * chance, for a file that is edited again and again leaves many records behind, but needs the lists of its first
 * upload. Every record is checked each time it is read; one that is
 * damaged is forgotten. Nothing is forced to disk, as everything can be learnt again. Thread-safe; one process a folder.
 */
public final class DiskChunkIndex implements ChunkIndex {
    /** Smallest accepted limit. */
    public static final long MIN_BYTES = 1 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(DiskChunkIndex.class);
    private static final int LOGS = 8;

    /** Records of one xorb after which they are written anew as one. */
    private static final int MAX_PIECES = 16;

    private final Path folder;
    private final long maxBytes;

    // Guarded by this.
    private final Deque<IndexLog> logs = new ArrayDeque<>();
    private final Map<ContentHash, List<Place>> xorbs = new HashMap<>();
    private final Map<ContentHash, Place> files = new HashMap<>();
    private final Set<ContentHash> used = new HashSet<>();
    private long totalBytes;
    private long nextNumber;
    private boolean closed;

    private record Place(IndexLog log, long offset, IndexRecord.Header header) {
        int start() {
            return header.a();
        }

        int end() {
            return header.a() + header.b();
        }

        boolean isIn(IndexLog other) {
            return log == other;
        }
    }

    private DiskChunkIndex(Path folder, long maxBytes) {
        this.folder = folder;
        this.maxBytes = maxBytes;
    }

    /**
     * Opens the index of a folder, which is created if need be.
     *
     * @param maxBytes limit of all logs, at least {@link #MIN_BYTES}
     * @throws IOException if the folder cannot be used; damaged logs are no reason
     */
    public static DiskChunkIndex open(Path folder, long maxBytes) throws IOException {
        if (maxBytes < MIN_BYTES) {
            throw new IllegalArgumentException("the chunk index needs at least " + MIN_BYTES + " bytes");
        }
        DiskChunkIndex index = new DiskChunkIndex(folder, maxBytes);
        try {
            index.load();
        } catch (IOException | RuntimeException e) {
            index.close();
            throw e;
        }
        return index;
    }

    private synchronized void load() throws IOException {
        Files.createDirectories(folder);
        List<Long> numbers;
        try (Stream<Path> entries = Files.list(folder)) {
            numbers = entries.map(IndexLog::number)
                    .filter(number -> number != null)
                    .sorted()
                    .toList();
        }
        for (long number : numbers) {
            IndexLog log = new IndexLog(IndexLog.path(folder, number));
            logs.addLast(log);
            totalBytes += log.length();
            nextNumber = number + 1;
            log.scan((offset, header) -> learn(new Place(log, offset, header)));
        }
        // A log that may end in half a record is never continued.
        startLog();
        dropOldest();
    }

    private void learn(Place place) {
        ContentHash key = place.header.key();
        switch (place.header.kind()) {
            case IndexRecord.CHUNKS ->
                xorbs.computeIfAbsent(key, x -> new ArrayList<>(1)).add(place);
            case IndexRecord.FILE -> files.put(key, place);
            case IndexRecord.FORGET_FILE -> files.remove(key);
            default -> xorbs.remove(key);
        }
    }

    private void startLog() throws IOException {
        logs.addLast(new IndexLog(IndexLog.path(folder, nextNumber++)));
    }

    private void dropOldest() throws IOException {
        while (totalBytes > maxBytes && logs.size() > 1) {
            IndexLog oldest = logs.removeFirst();
            totalBytes -= oldest.length();
            List<KnownXorb> kept = takeUsed(oldest);
            xorbs.values().removeIf(places -> {
                places.removeIf(place -> place.isIn(oldest));
                return places.isEmpty();
            });
            files.values().removeIf(place -> place.isIn(oldest));
            oldest.delete();
            for (KnownXorb xorb : kept) {
                for (KnownXorb.Run run : xorb.runs()) {
                    if (!covers(xorb.xorb(), run.start(), run.end())) {
                        write(IndexRecord.chunks(xorb.xorb(), run.start(), run.chunks()));
                    }
                }
            }
        }
    }

    /** The lists in {@code log} that were used; each has to be used again for another chance. */
    private List<KnownXorb> takeUsed(IndexLog log) {
        List<ContentHash> there = new ArrayList<>();
        xorbs.forEach((xorb, places) -> {
            if (used.contains(xorb) && places.stream().anyMatch(place -> place.isIn(log))) {
                there.add(xorb);
            }
        });
        List<KnownXorb> lists = there.stream().map(this::read).toList();
        there.forEach(used::remove);
        return lists;
    }

    private void append(byte[] record) {
        if (closed) {
            return;
        }
        try {
            write(record);
            dropOldest();
        } catch (IOException e) {
            LOG.warn("the chunk index in {} cannot be written: {}", folder, e.toString());
        }
    }

    private void write(byte[] record) throws IOException {
        if (logs.getLast().length() + record.length > maxBytes / LOGS
                && logs.getLast().length() > 0) {
            startLog();
        }
        IndexLog log = logs.getLast();
        long offset = log.append(record);
        totalBytes += record.length;
        IndexRecord.Header header = IndexRecord.header(record, 0);
        if (header != null) {
            learn(new Place(log, offset, header));
        }
    }

    @Override
    public synchronized void addChunks(ContentHash xorb, int chunkStart, List<Chunk> chunks) {
        if (chunks.isEmpty() || covers(xorb, chunkStart, chunkStart + chunks.size())) {
            return;
        }
        append(IndexRecord.chunks(xorb, chunkStart, chunks));
        List<Place> places = xorbs.get(xorb);
        if (places != null && places.size() > MAX_PIECES) {
            KnownXorb joined = read(xorb);
            append(IndexRecord.forget(IndexRecord.FORGET_XORB, xorb));
            joined.runs().forEach(run -> append(IndexRecord.chunks(xorb, run.start(), run.chunks())));
        }
    }

    @Override
    public synchronized boolean covers(ContentHash xorb, int from, int to) {
        for (Place place : xorbs.getOrDefault(xorb, List.of())) {
            if (place.start() <= from && to <= place.end()) {
                return true;
            }
        }
        return false;
    }

    @Override
    public synchronized KnownXorb xorb(ContentHash xorb) {
        if (xorbs.containsKey(xorb)) {
            used.add(xorb);
        }
        return read(xorb);
    }

    private KnownXorb read(ContentHash xorb) {
        List<Place> places = xorbs.getOrDefault(xorb, List.of());
        List<KnownXorb.Run> runs = new ArrayList<>();
        List<Place> damaged = new ArrayList<>();
        for (Place place : places) {
            byte[] payload = read(place);
            KnownXorb.Run run = payload == null ? null : IndexRecord.readChunks(place.header, payload);
            if (run == null) {
                damaged.add(place);
            } else {
                runs.add(run);
            }
        }
        if (!damaged.isEmpty()) {
            LOG.info("the chunk index in {} lost {} records of xorb {}", folder, damaged.size(), xorb);
            places.removeAll(damaged);
        }
        KnownXorb joined = KnownXorb.join(xorb, runs);
        if (joined == null) {
            LOG.warn("the chunk index in {} contradicts itself about xorb {}", folder, xorb);
            forgetXorb(xorb);
            return new KnownXorb(xorb, List.of());
        }
        return joined;
    }

    private byte @Nullable [] read(Place place) {
        if (closed) {
            return null;
        }
        try {
            return place.log.payload(place.offset, place.header);
        } catch (IOException e) {
            LOG.warn("the chunk index in {} cannot be read: {}", folder, e.toString());
            return null;
        }
    }

    @Override
    public synchronized void addFile(FileEntry file) {
        byte[] record = IndexRecord.file(file);
        if (record != null) {
            append(record);
        }
    }

    @Override
    public synchronized @Nullable FileEntry file(ContentHash file) {
        Place place = files.get(file);
        if (place == null) {
            return null;
        }
        byte[] payload = read(place);
        FileEntry entry = payload == null ? null : IndexRecord.readFile(place.header, payload);
        if (entry == null) {
            files.remove(file);
        }
        return entry;
    }

    @Override
    public synchronized void forgetFile(ContentHash file) {
        if (files.containsKey(file)) {
            append(IndexRecord.forget(IndexRecord.FORGET_FILE, file));
            files.remove(file);
        }
    }

    @Override
    public synchronized void forgetXorb(ContentHash xorb) {
        if (xorbs.containsKey(xorb)) {
            append(IndexRecord.forget(IndexRecord.FORGET_XORB, xorb));
            xorbs.remove(xorb);
            used.remove(xorb);
        }
    }

    /** Bytes of all logs. */
    public synchronized long bytes() {
        return totalBytes;
    }

    @Override
    public synchronized void close() {
        closed = true;
        for (IndexLog log : logs) {
            try {
                log.close();
            } catch (IOException e) {
                LOG.debug("closing a log of the chunk index failed", e);
            }
        }
    }
}
