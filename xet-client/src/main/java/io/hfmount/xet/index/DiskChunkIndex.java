package io.hfmount.xet.index;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.shard.FileEntry;
import io.hfmount.xet.shard.Segment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link ChunkIndex} in append-only logs of one folder. Only where records are is kept in memory, about 100 bytes each, and
 * {@linkplain ChunkHints which xorb may have a chunk}, once that was asked for.
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

    /** How exact the times are at which records were learnt. */
    private static final Duration STAMP_EVERY = Duration.ofMinutes(10);

    /** Age at which what is confirmed is written anew, so that it counts as learnt now. */
    private static final Duration RENEW_AFTER = Duration.ofDays(7);

    private final Path folder;
    private final long maxBytes;
    private final InstantSource clock;

    /** Held while the hints are filled. */
    private final Object filling = new Object();

    private volatile boolean filled;

    // Guarded by this.
    private final Deque<IndexLog> logs = new ArrayDeque<>();
    private final ListedXorbs xorbs;
    private final Map<ContentHash, RecordPlace> files = new HashMap<>();
    private final Set<ContentHash> used = new HashSet<>();
    private long totalBytes;
    private long nextNumber;
    private long stamp;
    private boolean hinting;
    private boolean closed;

    private DiskChunkIndex(Path folder, long maxBytes, long maxHintBytes, InstantSource clock) {
        this.folder = folder;
        this.maxBytes = maxBytes;
        this.clock = clock;
        this.xorbs = new ListedXorbs(new ChunkHints(maxHintBytes));
    }

    /**
     * Opens the index of a folder, which is created if need be.
     *
     * @param maxBytes limit of all logs, at least {@link #MIN_BYTES}
     * @throws IOException if the folder cannot be used; damaged logs are no reason
     */
    public static DiskChunkIndex open(Path folder, long maxBytes) throws IOException {
        return open(folder, maxBytes, ChunkHints.MAX_BYTES, InstantSource.system());
    }

    /**
     * Opens the index of a folder for one storage; what the folder knows of another one is dropped.
     *
     * @param maxBytes limit of all logs, at least {@link #MIN_BYTES}
     * @param scope names the storage and what of it the client may see
     * @throws IOException if the folder cannot be used; damaged logs are no reason
     */
    public static DiskChunkIndex open(Path folder, long maxBytes, String scope) throws IOException {
        IndexScope.claim(folder, scope);
        return open(folder, maxBytes);
    }

    static DiskChunkIndex open(Path folder, long maxBytes, long maxHintBytes, InstantSource clock) throws IOException {
        if (maxBytes < MIN_BYTES) {
            throw new IllegalArgumentException("the chunk index needs at least " + MIN_BYTES + " bytes");
        }
        DiskChunkIndex index = new DiskChunkIndex(folder, maxBytes, maxHintBytes, clock);
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
            stamp = 0;
            // What is lost may have said how old the records behind it are.
            log.scan((offset, header) -> learn(log, offset, header), () -> stamp = 0);
        }
        // A log that may end in half a record is never continued.
        startLog();
        dropOldest();
    }

    private void learn(IndexLog log, long offset, IndexRecord.Header header) {
        RecordPlace place = new RecordPlace(log, offset, header, stamp);
        ContentHash key = header.key();
        switch (header.kind()) {
            case IndexRecord.CHUNKS -> xorbs.add(place);
            case IndexRecord.FILE -> files.put(key, place);
            case IndexRecord.FORGET_FILE -> files.remove(key);
            case IndexRecord.TIME -> stamp = IndexRecord.time(header);
            default -> xorbs.remove(key);
        }
    }

    private void startLog() throws IOException {
        logs.addLast(new IndexLog(IndexLog.path(folder, nextNumber++)));
        stamp = 0;
    }

    private void dropOldest() throws IOException {
        while (totalBytes > maxBytes && logs.size() > 1) {
            IndexLog oldest = logs.removeFirst();
            totalBytes -= oldest.length();
            Map<KnownXorb, Long> kept = takeUsed(oldest);
            xorbs.remove(oldest);
            files.values().removeIf(place -> place.isIn(oldest));
            oldest.delete();
            for (Map.Entry<KnownXorb, Long> each : kept.entrySet()) {
                KnownXorb xorb = each.getKey();
                for (KnownXorb.Run run : xorb.runs()) {
                    if (!covers(xorb.xorb(), run.start(), run.end())) {
                        write(IndexRecord.chunks(xorb.xorb(), run.start(), run.chunks()), each.getValue());
                    }
                }
            }
        }
    }

    /** The lists in {@code log} that were used, and when they were learnt; each has to be used again for another chance. */
    private Map<KnownXorb, Long> takeUsed(IndexLog log) {
        Map<KnownXorb, Long> lists = new LinkedHashMap<>();
        for (ContentHash xorb : xorbs.in(log)) {
            if (used.remove(xorb)) {
                long learnt = xorbs.learnt(xorb);
                lists.put(read(xorb), learnt);
            }
        }
        return lists;
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }

    private void append(byte[] record) {
        if (closed) {
            return;
        }
        try {
            long now = now();
            boolean stamped = stamp <= now && now - stamp < STAMP_EVERY.toSeconds();
            write(record, stamped ? stamp : now);
            dropOldest();
        } catch (IOException e) {
            LOG.warn("the chunk index in {} cannot be written: {}", folder, e.toString());
        }
    }

    private void write(byte[] record, long learnt) throws IOException {
        if (logs.getLast().length() + record.length > maxBytes / LOGS
                && logs.getLast().length() > 0) {
            startLog();
        }
        if (stamp != learnt) {
            put(IndexRecord.time(learnt));
        }
        put(record);
    }

    private void put(byte[] record) throws IOException {
        IndexLog log = logs.getLast();
        long offset = log.append(record);
        totalBytes += record.length;
        IndexRecord.Header header = IndexRecord.header(record, 0);
        if (header != null) {
            learn(log, offset, header);
            if (hinting) {
                xorbs.hint(header, record, IndexRecord.HEADER);
            }
        }
    }

    @Override
    public synchronized void addChunks(ContentHash xorb, int chunkStart, List<Chunk> chunks) {
        if (chunks.isEmpty()) {
            return;
        }
        if (covers(xorb, chunkStart, chunkStart + chunks.size())) {
            confirm(xorb);
            return;
        }
        append(IndexRecord.chunks(xorb, chunkStart, chunks));
        if (xorbs.of(xorb).size() > MAX_PIECES) {
            writeAnew(xorb);
        }
    }

    /** Storage has the xorb now. */
    private void confirm(ContentHash xorb) {
        long age = now() - xorbs.learnt(xorb);
        if (xorbs.has(xorb) && (age < 0 || age > RENEW_AFTER.toSeconds())) {
            writeAnew(xorb);
        }
    }

    /** As one record, learnt now. */
    private void writeAnew(ContentHash xorb) {
        KnownXorb joined = read(xorb);
        append(IndexRecord.forget(IndexRecord.FORGET_XORB, xorb));
        joined.runs().forEach(run -> append(IndexRecord.chunks(xorb, run.start(), run.chunks())));
    }

    @Override
    public synchronized boolean covers(ContentHash xorb, int from, int to) {
        return xorbs.covers(xorb, from, to);
    }

    @Override
    public synchronized KnownXorb xorb(ContentHash xorb) {
        if (xorbs.has(xorb)) {
            used.add(xorb);
        }
        return read(xorb);
    }

    private KnownXorb read(ContentHash xorb) {
        List<KnownXorb.Run> runs = new ArrayList<>();
        List<RecordPlace> damaged = new ArrayList<>();
        for (RecordPlace place : xorbs.of(xorb)) {
            byte[] payload = read(place);
            KnownXorb.Run run = payload == null ? null : IndexRecord.readChunks(place.header(), payload);
            if (run == null) {
                damaged.add(place);
            } else {
                runs.add(run);
            }
        }
        if (!damaged.isEmpty()) {
            LOG.info("the chunk index in {} lost {} records of xorb {}", folder, damaged.size(), xorb);
            xorbs.remove(xorb, damaged);
        }
        KnownXorb joined = KnownXorb.join(xorb, runs);
        if (joined == null) {
            LOG.warn("the chunk index in {} contradicts itself about xorb {}", folder, xorb);
            forgetXorb(xorb);
            return new KnownXorb(xorb, List.of());
        }
        return joined;
    }

    private byte @Nullable [] read(RecordPlace place) {
        if (closed) {
            return null;
        }
        try {
            return place.log().payload(place.offset(), place.header());
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
        file.segments().stream().map(Segment::xorb).distinct().forEach(this::confirm);
    }

    @Override
    public synchronized @Nullable FileEntry file(ContentHash file) {
        RecordPlace place = files.get(file);
        if (place == null) {
            return null;
        }
        byte[] payload = read(place);
        FileEntry entry = payload == null ? null : IndexRecord.readFile(place.header(), payload);
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
        if (xorbs.has(xorb)) {
            append(IndexRecord.forget(IndexRecord.FORGET_XORB, xorb));
            xorbs.remove(xorb);
            used.remove(xorb);
        }
    }

    @Override
    public @Nullable ContentHash holder(ContentHash chunk, Instant since) {
        if (!filled) {
            fillHints();
        }
        synchronized (this) {
            ContentHash xorb = xorbs.hintOf(chunk);
            return xorb != null && isStoredSince(xorb, since) ? xorb : null;
        }
    }

    @Override
    public synchronized boolean isStoredSince(ContentHash xorb, Instant since) {
        long learnt = xorbs.learnt(xorb);
        return learnt >= since.getEpochSecond() && learnt <= now();
    }

    /** Reads all lists once, from the oldest to the newest; what is learnt meanwhile is hinted at by its writer. */
    private void fillHints() {
        synchronized (filling) {
            List<RecordPlace> all;
            synchronized (this) {
                if (hinting) {
                    return;
                }
                hinting = true;
                all = xorbs.all();
            }
            all.forEach(this::hint);
            filled = true;
        }
    }

    private synchronized void hint(RecordPlace place) {
        byte[] payload = xorbs.of(place.header().key()).contains(place) ? read(place) : null;
        if (payload != null && IndexRecord.isSound(place.header(), payload)) {
            xorbs.hint(place.header(), payload, 0);
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
