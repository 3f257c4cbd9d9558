package io.hfmount.agent.content;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.ChunkRun;
import io.hfmount.xet.ContentStore;
import io.hfmount.xet.Reconstruction;
import io.hfmount.xet.Reconstruction.Fetch;
import io.hfmount.xet.Reconstruction.Term;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.merkle.MerkleTree;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Storage in memory that answers as xet-protocol §9.4 says, and is strict about what it is asked: only fetches it named
 * in a plan of its own. Answers come at once, or when the test says so; a script makes them wrong.
 */
final class FakeStore implements ContentStore {
    /** What to do with a call. */
    enum Answer {
        RIGHT,
        /** Waits for {@link Call#answer}; never comes by itself. */
        HOLD,
        ERROR,
        DENIED,
        /** No value at all. */
        EMPTY,
        /** A plan without its last term, or a run without its last chunk. */
        SHORT,
        /** A term or a chunk of another length. */
        WRONG_LENGTH,
        /** A plan without its fetches, or a run of another xorb. */
        WRONG_PLACE
    }

    /** A call that was made. */
    static final class Call {
        final boolean plan;
        final ContentHash hash;
        final long start;
        final long end;
        volatile boolean cancelled;
        private final MonoSink<Object> sink;
        private final Function<Answer, @Nullable Object> answers;

        private Call(
                boolean plan,
                ContentHash hash,
                long start,
                long end,
                MonoSink<Object> sink,
                Function<Answer, @Nullable Object> answers) {
            this.plan = plan;
            this.hash = hash;
            this.start = start;
            this.end = end;
            this.sink = sink;
            this.answers = answers;
        }

        /** Ends a held call. */
        void answer(Answer answer) {
            switch (answer) {
                case HOLD -> {}
                case ERROR -> sink.error(new StorageException(StorageException.Kind.UNAVAILABLE, "scripted failure"));
                case DENIED -> sink.error(new StorageException(StorageException.Kind.UNAUTHORIZED, "scripted refusal"));
                case EMPTY -> sink.success();
                default -> {
                    Object value;
                    try {
                        value = answers.apply(answer);
                    } catch (StorageException refused) {
                        sink.error(refused);
                        return;
                    }
                    if (value == null) {
                        sink.success();
                    } else {
                        sink.success(value);
                    }
                }
            }
        }

        @Override
        public String toString() {
            return (plan ? "plan " : "fetch ") + "[" + start + ", " + end + ")";
        }
    }

    private record Chunk(byte[] bytes) {}

    /** Chunks and where each starts, with the end of the last. */
    private record Xorb(List<Chunk> chunks, long[] starts) {
        static Xorb of(List<Chunk> chunks) {
            long[] starts = new long[chunks.size() + 1];
            for (int i = 0; i < chunks.size(); i++) {
                starts[i + 1] = starts[i] + chunks.get(i).bytes().length;
            }
            return new Xorb(chunks, starts);
        }
    }

    private record FileInfo(List<Term> segments, byte[] content) {}

    private final Map<ContentHash, Xorb> xorbs = new HashMap<>();
    private final Map<ContentHash, FileInfo> files = new HashMap<>();
    private final Map<Fetch, Boolean> named = Collections.synchronizedMap(new HashMap<>());
    private final List<Call> calls = new ArrayList<>();
    private final AtomicInteger urls = new AtomicInteger();
    private long hashes;
    private volatile Function<Call, Answer> script = call -> Answer.RIGHT;

    /** Decides the answer of each call from now on. */
    void script(Function<Call, Answer> next) {
        script = next;
    }

    /** Answers the next calls in this order, and all later ones rightly. */
    void script(Answer... answers) {
        ArrayDeque<Answer> queue = new ArrayDeque<>(List.of(answers));
        script = call -> {
            synchronized (queue) {
                return queue.isEmpty() ? Answer.RIGHT : queue.remove();
            }
        };
    }

    /** All calls so far, in order. */
    List<Call> calls() {
        synchronized (calls) {
            return List.copyOf(calls);
        }
    }

    List<Call> plans() {
        return calls().stream().filter(call -> call.plan).toList();
    }

    List<Call> fetches() {
        return calls().stream().filter(call -> !call.plan).toList();
    }

    void forgetCalls() {
        synchronized (calls) {
            calls.clear();
        }
    }

    /** The bytes of a file. */
    byte[] content(ContentHash file) {
        return files.get(file).content();
    }

    private ContentHash newHash() {
        hashes++;
        return new ContentHash(hashes * 0x9e3779b97f4a7c15L, hashes, ~hashes, hashes << 7);
    }

    /** A file of random bytes in chunks of one length, in xorbs of {@code chunksPerXorb}, one segment each. */
    ContentHash addFile(long seed, int size, int chunkLength, int chunksPerXorb) {
        SplittableRandom random = new SplittableRandom(seed);
        byte[] content = new byte[size];
        random.nextBytes(content);
        List<Term> segments = new ArrayList<>();
        for (int from = 0; from < size; from += chunkLength * chunksPerXorb) {
            int to = Math.min(size, from + chunkLength * chunksPerXorb);
            List<Chunk> chunks = new ArrayList<>();
            for (int at = from; at < to; at += chunkLength) {
                chunks.add(new Chunk(Arrays.copyOfRange(content, at, Math.min(to, at + chunkLength))));
            }
            ContentHash xorb = newHash();
            xorbs.put(xorb, Xorb.of(chunks));
            segments.add(new Term(xorb, 0, chunks.size(), to - from));
        }
        ContentHash file = newHash();
        files.put(file, new FileInfo(segments, content));
        return file;
    }

    /** Another name for a file: the hash that its bytes have when their chunks are cut afresh. */
    ContentHash underTrueHash(ContentHash file) {
        FileInfo info = files.get(file);
        ContentHash hash = MerkleTree.fileHash(Chunker.chunksOf(info.content()));
        files.put(hash, info);
        return hash;
    }

    /** A xorb of random chunks, 1 to {@code maxChunk} bytes long. */
    ContentHash addXorb(SplittableRandom random, int chunks, int maxChunk) {
        List<Chunk> list = new ArrayList<>();
        for (int i = 0; i < chunks; i++) {
            byte[] bytes = new byte[random.nextInt(1, maxChunk + 1)];
            random.nextBytes(bytes);
            list.add(new Chunk(bytes));
        }
        ContentHash xorb = newHash();
        xorbs.put(xorb, Xorb.of(list));
        return xorb;
    }

    /** A file of random pieces of {@code from}; pieces may repeat, touch or overlap. */
    ContentHash addFileOf(SplittableRandom random, List<ContentHash> from, int segmentCount) {
        List<Term> segments = new ArrayList<>();
        for (int i = 0; i < segmentCount; i++) {
            ContentHash xorb = from.get(random.nextInt(from.size()));
            int chunks = xorbs.get(xorb).chunks().size();
            int start = random.nextInt(chunks);
            int end = random.nextInt(start + 1, chunks + 1);
            segments.add(new Term(xorb, start, end, length(xorb, start, end)));
        }
        int size = Math.toIntExact(
                segments.stream().mapToLong(Term::unpackedLength).sum());
        byte[] content = new byte[size];
        int at = 0;
        for (Term segment : segments) {
            for (int chunk = segment.chunkStart(); chunk < segment.chunkEnd(); chunk++) {
                byte[] bytes = xorbs.get(segment.xorb()).chunks().get(chunk).bytes();
                System.arraycopy(bytes, 0, content, at, bytes.length);
                at += bytes.length;
            }
        }
        ContentHash file = newHash();
        files.put(file, new FileInfo(segments, content));
        return file;
    }

    private long length(ContentHash xorb, int start, int end) {
        long[] starts = xorbs.get(xorb).starts();
        return starts[end] - starts[start];
    }

    @Override
    public boolean knows(ContentHash file, long size) {
        return false;
    }

    @Override
    public UploadSession newUploadSession() {
        throw new UnsupportedOperationException("reads only");
    }

    @Override
    public Mono<Reconstruction> reconstruct(ContentHash file, ByteRange range) {
        return call(true, file, range.start(), range.end(), answer -> plan(file, range, answer))
                .cast(Reconstruction.class);
    }

    @Override
    public Mono<ChunkRun> fetch(Fetch fetch, Reconstruction origin) {
        if (!named.containsKey(fetch) || !origin.fetches().contains(fetch)) {
            throw new AssertionError("a fetch that no plan names: " + fetch);
        }
        return call(false, fetch.xorb(), fetch.chunkStart(), fetch.chunkEnd(), answer -> run(fetch, answer))
                .cast(ChunkRun.class);
    }

    private Mono<Object> call(
            boolean plan, ContentHash hash, long start, long end, Function<Answer, @Nullable Object> answers) {
        return Mono.create(sink -> {
            Call call = new Call(plan, hash, start, end, sink, answers);
            sink.onCancel(() -> call.cancelled = true);
            synchronized (calls) {
                calls.add(call);
            }
            call.answer(script.apply(call));
        });
    }

    private @Nullable Reconstruction plan(ContentHash file, ByteRange asked, Answer answer) {
        FileInfo info = files.get(file);
        if (info == null) {
            throw new StorageException(StorageException.Kind.NOT_FOUND, "no such file");
        }
        if (asked.start() >= info.content().length) {
            return null;
        }
        long end = Math.min(asked.end(), info.content().length);
        List<Term> terms = new ArrayList<>();
        long position = 0;
        long offset = 0;
        for (Term segment : info.segments()) {
            long segmentEnd = position + segment.unpackedLength();
            if (segmentEnd > asked.start() && position < end) {
                int from = segment.chunkStart();
                long at = position;
                while (at + length(segment.xorb(), from, from + 1) <= asked.start()) {
                    at += length(segment.xorb(), from, from + 1);
                    from++;
                }
                if (terms.isEmpty()) {
                    offset = asked.start() - at;
                }
                int to = segment.chunkEnd();
                long stop = segmentEnd;
                while (stop - length(segment.xorb(), to - 1, to) >= end) {
                    stop -= length(segment.xorb(), to - 1, to);
                    to--;
                }
                terms.add(new Term(segment.xorb(), from, to, stop - at));
            }
            position = segmentEnd;
        }
        List<Fetch> fetches = merge(terms);
        switch (answer) {
            case SHORT -> terms.removeLast();
            case WRONG_LENGTH -> {
                Term last = terms.removeLast();
                terms.add(new Term(last.xorb(), last.chunkStart(), last.chunkEnd(), last.unpackedLength() + 1));
            }
            case WRONG_PLACE -> fetches.removeLast();
            default -> {}
        }
        fetches.forEach(fetch -> named.put(fetch, true));
        return new Reconstruction(file, asked, offset, terms, fetches);
    }

    private List<Fetch> merge(List<Term> terms) {
        Map<ContentHash, List<Term>> byXorb = new LinkedHashMap<>();
        terms.forEach(term ->
                byXorb.computeIfAbsent(term.xorb(), xorb -> new ArrayList<>()).add(term));
        List<Fetch> fetches = new ArrayList<>();
        byXorb.forEach((xorb, list) -> {
            list.sort(Comparator.comparingInt(Term::chunkStart));
            int start = -1;
            int end = -1;
            for (Term term : list) {
                if (start >= 0 && term.chunkStart() <= end) {
                    end = Math.max(end, term.chunkEnd());
                } else {
                    if (start >= 0) {
                        fetches.add(newFetch(xorb, start, end));
                    }
                    start = term.chunkStart();
                    end = term.chunkEnd();
                }
            }
            fetches.add(newFetch(xorb, start, end));
        });
        return fetches;
    }

    private Fetch newFetch(ContentHash xorb, int start, int end) {
        String url = "fake:" + urls.incrementAndGet(); // addresses expire, so each plan has its own
        return new Fetch(xorb, start, end, url, new ByteRange(length(xorb, 0, start), length(xorb, 0, end)));
    }

    private ChunkRun run(Fetch fetch, Answer answer) {
        int start = fetch.chunkStart();
        int end = fetch.chunkEnd() - (answer == Answer.SHORT ? 1 : 0);
        List<Chunk> chunks = xorbs.get(fetch.xorb()).chunks().subList(start, end);
        int[] ends = new int[chunks.size()];
        byte[] data =
                new byte[Math.toIntExact(length(fetch.xorb(), start, end)) + (answer == Answer.WRONG_LENGTH ? 2 : 0)];
        int at = 0;
        for (int i = 0; i < ends.length; i++) {
            byte[] bytes = chunks.get(i).bytes();
            System.arraycopy(bytes, 0, data, at, bytes.length);
            at += bytes.length;
            ends[i] = at;
        }
        if (answer == Answer.WRONG_LENGTH) {
            ends[ends.length - 1] = data.length; // consistent in itself, but not with any plan
        }
        ContentHash xorb = answer == Answer.WRONG_PLACE ? ContentHash.ONES : fetch.xorb();
        return new ChunkRun(xorb, start, data, ends);
    }
}
