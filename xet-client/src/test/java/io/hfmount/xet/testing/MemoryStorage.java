package io.hfmount.xet.testing;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.Reconstruction;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.cas.FileWindows;
import io.hfmount.xet.cas.StorageClient;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.merkle.MerkleTree;
import io.hfmount.xet.shard.DedupEligibility;
import io.hfmount.xet.shard.FileEntry;
import io.hfmount.xet.shard.Segment;
import io.hfmount.xet.shard.Shard;
import io.hfmount.xet.shard.ShardFooter;
import io.hfmount.xet.shard.ShardFormatException;
import io.hfmount.xet.shard.ShardReader;
import io.hfmount.xet.shard.ShardWriter;
import io.hfmount.xet.shard.XorbEntry;
import io.hfmount.xet.xorb.XorbBody;
import io.hfmount.xet.xorb.XorbFormatException;
import io.hfmount.xet.xorb.XorbIndex;
import io.hfmount.xet.xorb.XorbParser;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * A storage service in memory that checks like a server (xet-protocol §14): whole xorbs, whole shards, every reference,
 * offset, verification entry and hash. Answers on Reactor's parallel threads. Thread-safe.
 */
public final class MemoryStorage implements StorageClient {
    private static final String SCHEME = "http://memory/";

    // Guarded by this.
    private final Map<ContentHash, Stored> xorbs = new HashMap<>();
    private final Map<ContentHash, FileEntry> files = new HashMap<>();
    private final Map<ContentHash, XorbEntry> eligible = new HashMap<>();
    private final List<Shard> shards = new ArrayList<>();
    private ContentHash dedupKey = ContentHash.ZERO;
    private long dedupExpiry = ShardFooter.NEVER;
    private int addressGeneration;
    private int chunkQueries;
    private int dataRequests;
    private int reconstructions;
    private int windowQueries;
    private boolean keepsXorbs = true;
    private boolean aligned = true;
    private boolean tellsVerification = true;
    private boolean answersWindows = true;

    private record Stored(byte[] body, XorbIndex index) {}

    /** Dedup answers are keyed with {@code key} and end at {@code expiresAt} (seconds since 1970). */
    public synchronized MemoryStorage withDedupAnswers(ContentHash key, long expiresAt) {
        dedupKey = key;
        dedupExpiry = expiresAt;
        return this;
    }

    /** Validates xorbs and forgets their bytes, for uploads larger than the heap. */
    public synchronized MemoryStorage withoutBodies() {
        keepsXorbs = false;
        return this;
    }

    /** Makes every data address handed out so far refuse with 403. */
    public synchronized void expireAddresses() {
        addressGeneration++;
    }

    /** Loses a xorb, as no storage should. */
    public synchronized void lose(ContentHash xorb) {
        xorbs.remove(xorb);
        eligible.values().removeIf(entry -> entry.hash().equals(xorb));
    }

    /** Loses a xorb, and goes on answering questions about its chunks. */
    public synchronized void loseUnnoticed(ContentHash xorb) {
        xorbs.remove(xorb);
    }

    /** Takes over a xorb of another storage. */
    public void adopt(MemoryStorage other, ContentHash xorb) {
        Stored stored;
        synchronized (other) {
            stored = other.xorbs.get(xorb);
        }
        synchronized (this) {
            xorbs.putIfAbsent(xorb, stored);
        }
    }

    /** Registers a file anew, as another client would; its xorbs are there. */
    public synchronized void replace(FileEntry file) {
        check(file);
        files.put(file.hash(), file);
    }

    /** Loses every xorb. */
    public synchronized void loseAll() {
        xorbs.clear();
        eligible.clear();
    }

    private <T> Mono<T> call(Callable<@Nullable T> body) {
        return Mono.<T>fromCallable(() -> {
                    synchronized (this) {
                        return body.call();
                    }
                })
                .subscribeOn(Schedulers.parallel());
    }

    private static StorageException refuse(String why) {
        return new StorageException(StorageException.Kind.REJECTED, why);
    }

    private static StorageException unknown(String what) {
        return new StorageException(StorageException.Kind.NOT_FOUND, "unknown " + what);
    }

    @Override
    public Mono<Boolean> putXorb(ContentHash xorb, XorbBody body) {
        return Mono.fromCallable(() -> {
                    byte[] bytes;
                    body.retain(); // a cancelled call may still be here
                    try {
                        bytes = body.bytes();
                    } finally {
                        body.release();
                    }
                    XorbIndex index;
                    try {
                        index = XorbParser.validate(xorb, bytes);
                    } catch (XorbFormatException e) {
                        throw refuse(e.getMessage());
                    }
                    synchronized (this) {
                        return xorbs.putIfAbsent(xorb, new Stored(keepsXorbs ? bytes : new byte[0], index)) == null;
                    }
                })
                .subscribeOn(Schedulers.parallel());
    }

    @Override
    public Mono<Void> putShard(byte[] bytes) {
        return this.<Boolean>call(() -> {
                    Shard shard;
                    try {
                        shard = ShardReader.readUpload(bytes);
                    } catch (ShardFormatException e) {
                        throw refuse(e.getMessage());
                    }
                    shard.xorbs().forEach(this::check);
                    shard.files().forEach(this::check);
                    shards.add(shard);
                    shard.files().forEach(file -> files.put(file.hash(), file));
                    index(shard);
                    return true;
                })
                .then();
    }

    private void check(XorbEntry entry) {
        Stored stored = xorbs.get(entry.hash());
        if (stored == null) {
            throw refuse("the shard describes xorb " + entry.hash() + ", which is not stored");
        }
        XorbIndex index = stored.index;
        if (entry.chunks().size() != index.count()) {
            throw refuse("wrong chunk count of xorb " + entry.hash());
        }
        for (int i = 0; i < index.count(); i++) {
            XorbEntry.ChunkEntry chunk = entry.chunks().get(i);
            if (!chunk.hash().equals(index.chunks().get(i).hash())
                    || chunk.startOffset() != index.unpackedStart(i)
                    || chunk.length() != index.chunkLength(i)) {
                throw refuse("wrong chunk " + i + " of xorb " + entry.hash());
            }
        }
    }

    private void check(FileEntry file) {
        if (!file.isVerified()) {
            throw refuse("file " + file.hash() + " has no verification entries");
        }
        if (file.hash().isZero() != file.segments().isEmpty()) {
            throw refuse("only the empty file has the zero hash");
        }
        List<Chunk> chunks = new ArrayList<>();
        for (int s = 0; s < file.segments().size(); s++) {
            Segment segment = file.segments().get(s);
            Stored stored = xorbs.get(segment.xorb());
            if (stored == null) {
                throw refuse("file " + file.hash() + " refers to xorb " + segment.xorb() + ", which is not stored");
            }
            XorbIndex index = stored.index;
            if (segment.chunkEnd() > index.count()
                    || segment.unpackedBytes() != index.unpackedBytes(segment.chunkStart(), segment.chunkEnd())) {
                throw refuse("wrong segment " + s + " of file " + file.hash());
            }
            if (!file.verification().get(s).equals(index.rangeHash(segment.chunkStart(), segment.chunkEnd()))) {
                throw refuse("wrong verification of segment " + s + " of file " + file.hash());
            }
            for (int i = segment.chunkStart(); i < segment.chunkEnd(); i++) {
                chunks.add(new Chunk(index.chunks().get(i).hash(), index.chunkLength(i)));
            }
        }
        if (!MerkleTree.fileHash(chunks).equals(file.hash())) {
            throw refuse("the chunks do not make file " + file.hash());
        }
    }

    private void index(Shard shard) {
        for (ContentHash chunk : DedupEligibility.eligible(shard.files(), shard.xorbs())) {
            for (XorbEntry xorb : shard.xorbs()) {
                if (xorb.chunks().stream().anyMatch(c -> c.hash().equals(chunk))) {
                    eligible.putIfAbsent(chunk, xorb);
                }
            }
        }
    }

    @Override
    public Mono<byte[]> dedupShard(ContentHash chunk) {
        return call(() -> {
            chunkQueries++;
            XorbEntry xorb = eligible.get(chunk);
            if (xorb == null) {
                return null;
            }
            return dedupKey.isZero()
                    ? ShardWriter.dedupAnswer(List.of(xorb), 1, dedupExpiry)
                    : ShardWriter.keyedDedupAnswer(List.of(xorb), dedupKey, 1, dedupExpiry);
        });
    }

    @Override
    public Mono<Long> fileSize(ContentHash file) {
        return call(() -> known(file).size());
    }

    private FileEntry known(ContentHash file) {
        FileEntry entry = files.get(file);
        if (entry == null) {
            throw unknown("file " + file);
        }
        return entry;
    }

    @Override
    public Mono<Reconstruction> reconstruct(ContentHash file, ByteRange range) {
        return call(() -> {
            reconstructions++;
            FileEntry entry = known(file);
            return range.start() >= entry.size() ? null : plan(entry, range);
        });
    }

    /** xet-protocol §9.4. */
    private Reconstruction plan(FileEntry file, ByteRange range) {
        List<Reconstruction.Term> terms = new ArrayList<>();
        Map<ContentHash, TreeMap<Integer, Integer>> wanted = new HashMap<>();
        long position = 0;
        long offset = 0;
        for (Segment segment : file.segments()) {
            long begin = position;
            position += segment.unpackedBytes();
            if (position <= range.start() || begin >= range.end()) {
                continue;
            }
            XorbIndex index = xorbs.get(segment.xorb()).index;
            int from = segment.chunkStart();
            int to = segment.chunkEnd();
            while (begin + index.chunkLength(from) <= range.start()) {
                begin += index.chunkLength(from++);
            }
            long end = position;
            while (end - index.chunkLength(to - 1) >= range.end()) {
                end -= index.chunkLength(--to);
            }
            if (terms.isEmpty()) {
                offset = range.start() - begin;
            }
            terms.add(new Reconstruction.Term(segment.xorb(), from, to, index.unpackedBytes(from, to)));
            wanted.computeIfAbsent(segment.xorb(), x -> new TreeMap<>()).merge(from, to, Math::max);
        }
        List<Reconstruction.Fetch> fetches = new ArrayList<>();
        wanted.forEach((xorb, ranges) -> {
            int from = -1;
            int to = -1;
            for (Map.Entry<Integer, Integer> next : ranges.entrySet()) {
                if (from >= 0 && next.getKey() <= to) {
                    to = Math.max(to, next.getValue());
                    continue;
                }
                if (from >= 0) {
                    fetches.add(fetch(xorb, from, to));
                }
                from = next.getKey();
                to = next.getValue();
            }
            fetches.add(fetch(xorb, from, to));
        });
        return new Reconstruction(file.hash(), range, offset, terms, fetches);
    }

    private Reconstruction.Fetch fetch(ContentHash xorb, int from, int to) {
        XorbIndex index = xorbs.get(xorb).index;
        return new Reconstruction.Fetch(
                xorb,
                from,
                to,
                SCHEME + addressGeneration + "/" + xorb,
                new ByteRange(index.storedStart(from), index.storedStart(to)));
    }

    @Override
    public Mono<FileWindows> windows(ContentHash file, List<ByteRange> dirty) {
        return call(() -> {
            windowQueries++;
            FileEntry entry = known(file);
            if (!answersWindows) {
                throw refuse("no such route");
            }
            List<Chunk> chunks = new ArrayList<>();
            for (Segment segment : entry.segments()) {
                XorbIndex index = xorbs.get(segment.xorb()).index;
                for (int i = segment.chunkStart(); i < segment.chunkEnd(); i++) {
                    chunks.add(new Chunk(index.chunks().get(i).hash(), index.chunkLength(i)));
                }
            }
            return MemoryWindows.plan(
                    chunks, entry.segments(), tellsVerification ? entry.verification() : List.of(), dirty, aligned);
        });
    }

    /** Windows end with segments, or not. */
    public synchronized MemoryStorage withAlignedWindows(boolean value) {
        aligned = value;
        return this;
    }

    /** Answers about windows have no verification entries, as for files that were registered without. */
    public synchronized MemoryStorage withoutVerificationInWindows() {
        tellsVerification = false;
        return this;
    }

    /** Has no route for windows. */
    public synchronized MemoryStorage withoutWindows() {
        answersWindows = false;
        return this;
    }

    /** Window queries so far. */
    public synchronized int windowQueries() {
        return windowQueries;
    }

    @Override
    public Mono<byte[]> data(String url, ByteRange bytes) {
        return call(() -> {
            dataRequests++;
            if (!url.matches(SCHEME + "\\d{1,9}/[0-9a-f]{64}")) {
                throw refuse("there is no such address");
            }
            String[] parts = url.substring(SCHEME.length()).split("/");
            if (Integer.parseInt(parts[0]) != addressGeneration) {
                throw new StorageException(StorageException.Kind.FORBIDDEN, "the address has expired");
            }
            Stored stored = xorbs.get(ContentHash.parse(parts[1]));
            if (stored == null) {
                throw unknown("xorb");
            }
            if (bytes.end() > stored.body.length) {
                throw refuse("the xorb has " + stored.body.length + " bytes");
            }
            return Arrays.copyOfRange(stored.body, (int) bytes.start(), (int) bytes.end());
        });
    }

    /** A registered file. */
    public synchronized FileEntry file(ContentHash file) {
        return known(file);
    }

    /** Number of registered files. */
    public synchronized int fileCount() {
        return files.size();
    }

    /** Number of stored xorbs. */
    public synchronized int xorbCount() {
        return xorbs.size();
    }

    /** What is in a xorb. */
    public synchronized XorbIndex xorb(ContentHash xorb) {
        Stored stored = xorbs.get(xorb);
        if (stored == null) {
            throw unknown("xorb " + xorb);
        }
        return stored.index;
    }

    /** All shards in the order of their registration. */
    public synchronized List<Shard> shards() {
        return List.copyOf(shards);
    }

    /** Chunk queries so far. */
    public synchronized int chunkQueries() {
        return chunkQueries;
    }

    /** Data requests so far. */
    public synchronized int dataRequests() {
        return dataRequests;
    }

    /** Reconstruction queries so far. */
    public synchronized int reconstructions() {
        return reconstructions;
    }

    /** The whole content of a registered file, put together from its segments. */
    public synchronized byte[] content(ContentHash file) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (Segment segment : known(file).segments()) {
            Stored stored = xorbs.get(segment.xorb());
            byte[] records = Arrays.copyOfRange(
                    stored.body,
                    stored.index.storedStart(segment.chunkStart()),
                    stored.index.storedStart(segment.chunkEnd()));
            out.writeBytes(io.hfmount.xet.xorb.ChunkRecords.decode(
                            segment.xorb(), segment.chunkStart(), records, segment.chunkEnd() - segment.chunkStart())
                    .data());
        }
        return out.toByteArray();
    }
}
