package io.hfmount.agent.content;

import io.hfmount.agent.content.ReadMemory.Owner;
import io.hfmount.agent.content.RunChecks.PlannedTerm;
import io.hfmount.model.ByteRange;
import io.hfmount.xet.Reconstruction;
import io.hfmount.xet.StorageException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;

/**
 * Fetches ahead for the sequential readers inside one handle, at most {@value #STREAMS} at a time. Random reads cost a
 * comparison and fetch nothing. Thread-safe; never waits.
 */
final class Prefetcher {
    /** Sequential readers told apart inside one handle. */
    static final int STREAMS = 4;

    /** Longest wait for the disk cache's writer, a block: fetching ahead gets slower, what a read waits for does not. */
    private static final long PATIENCE_MILLIS = 50;

    private static final long NOT_WAITING = -1;

    private final ReadContext context;
    private final FileContent file;
    private final Owner owner = new Owner();
    private final long slow;
    private final Disposable.Swap question = Disposables.swap();

    // Guarded by this.
    private final ArrayDeque<ReadStream> streams = new ArrayDeque<>(STREAMS);
    private final Map<RangeFetch, ReadStream> underWay = new LinkedHashMap<>();
    private final PlanAhead plans;
    private boolean asking;
    private boolean keepsUp = true;
    private long waitingSince = NOT_WAITING;
    private boolean joined;
    private boolean closed;

    Prefetcher(ReadContext context, FileContent file) {
        this.context = context;
        this.file = file;
        this.plans = new PlanAhead(
                context.settings().prefetchBlock() * 5 / 4,
                () -> context.timer().now(TimeUnit.MILLISECONDS));
        long timeout = context.settings().readFetchTimeout().toNanos();
        this.slow = timeout == 0 ? Long.MAX_VALUE : timeout / 8;
    }

    /** The whole file will be read in order. */
    void expectAll() {
        ReadStream stream = new ReadStream(context.settings(), 0);
        stream.expectAll();
        synchronized (this) {
            streams.addFirst(stream);
        }
    }

    /**
     * A read of {@code [start, end)} is being served; fetches ahead if that pays.
     *
     * @param missed whether bytes had to be asked for that were neither here nor on their way
     */
    void onRead(long start, long end, boolean missed) {
        List<RangeFetch> made = new ArrayList<>(2);
        List<ReadStream.Block> passed = new ArrayList<>(2);
        List<RangeFetch> stale = List.of();
        ByteRange wanted = null;
        synchronized (this) {
            if (closed) {
                return;
            }
            ReadStream stream = streamOf(start, end);
            if (stream == null) {
                if (streams.size() == STREAMS) {
                    ReadStream oldest = streams.removeLast();
                    passed.addAll(oldest.takeAll());
                    stale = fetchesOf(oldest);
                }
                stream = new ReadStream(context.settings(), end);
                streams.addFirst(stream);
            } else {
                stream.advance(start, end);
                if (missed) {
                    stream.missed();
                }
                passed.addAll(stream.takePassed());
                fetchAhead(stream, made);
                wanted = made.isEmpty() ? null : wanted(stream);
            }
        }
        passed.forEach(block -> block.trail().pass(context.memory()));
        stale.forEach(file::cancelIfIdle);
        made.forEach(RangeFetch::begin);
        if (wanted != null) {
            ask(wanted);
        }
    }

    private void fetchAhead(ReadStream stream, List<RangeFetch> made) {
        if (stream.front() >= file.size()) {
            return;
        }
        long block = stream.open(context.memory().share(), keepsUp);
        if (block > 0 && !joined) {
            context.memory().join(owner);
            joined = true;
        }
        while (block > 0) {
            if (asking && stream.planned() - stream.front() >= 2 * block) {
                return; // the plan that comes tells where blocks end best
            }
            long end = stream.nextEnd(block, context.memory().share(), file.size(), plans);
            if (end == 0 || waitsForCache(end - stream.planned())) {
                return;
            }
            int before = made.size();
            long reached = file.prefetch(stream.planned(), end, owner, plans, made, this::onEnded);
            for (RangeFetch fetch : made.subList(before, made.size())) {
                underWay.put(fetch, stream);
                stream.add(new ReadStream.Block(fetch.start(), fetch.end(), fetch.trail()));
            }
            stream.plannedTo(reached);
            if (reached < end) {
                return; // no room now
            }
        }
    }

    /** What storage should tell next of the bytes ahead; the caller asks. */
    private @Nullable ByteRange wanted(ReadStream stream) {
        if (asking || !stream.established()) {
            return null;
        }
        ByteRange wanted = plans.wanted(stream.planned(), file.size());
        asking = wanted != null;
        return wanted;
    }

    private void ask(ByteRange range) {
        Mono<Reconstruction> answer = context.store()
                .reconstruct(file.hash(), range)
                .switchIfEmpty(Mono.error(() -> new StorageException(StorageException.Kind.CORRUPT, "no plan")));
        Duration timeout = context.settings().readFetchTimeout();
        question.update((timeout.isZero() ? answer : answer.timeout(timeout, context.timer()))
                .subscribe(plan -> told(plan, range), error -> notTold(range)));
    }

    private void told(Reconstruction plan, ByteRange range) {
        if (!plan.file().equals(file.hash()) || !plan.range().equals(range)) {
            throw new StorageException(StorageException.Kind.CORRUPT, "the plan is for something else");
        }
        List<PlannedTerm> placed = RunChecks.place(plan, file.size());
        synchronized (this) {
            plans.add(plan, placed, file.size());
            asking = false;
        }
    }

    /** Blocks are planned one by one there, and reads see what is wrong, if it is. */
    private synchronized void notTold(ByteRange range) {
        plans.refused(range);
        asking = false;
    }

    /**
     * Whether {@code bytes} more would find the disk cache's queue full when they arrive. Dropped there, they would be
     * fetched again by the next reader, so the writer is given a moment, and no more, to catch up.
     */
    private boolean waitsForCache(long bytes) {
        long coming = underWay.isEmpty() ? 0 : bytes; // a single block goes in, however large
        for (RangeFetch fetch : underWay.keySet()) {
            coming += fetch.end() - fetch.start();
        }
        if (context.cache().accepts(coming)) {
            waitingSince = NOT_WAITING;
            return false;
        }
        long now = context.timer().now(TimeUnit.MILLISECONDS);
        if (waitingSince == NOT_WAITING) {
            waitingSince = now;
        }
        if (now - waitingSince < PATIENCE_MILLIS) {
            return true;
        }
        waitingSince = now;
        return false;
    }

    private @Nullable ReadStream streamOf(long start, long end) {
        ReadStream found = null;
        for (ReadStream stream : streams) {
            if (stream.continues(start, end)) {
                found = stream;
                break;
            }
        }
        if (found == null) {
            for (ReadStream stream : streams) {
                if (stream.skips(start)) {
                    found = stream;
                    break;
                }
            }
        }
        if (found != null && found != streams.peekFirst()) {
            streams.remove(found);
            streams.addFirst(found);
        }
        return found;
    }

    private List<RangeFetch> fetchesOf(ReadStream stream) {
        List<RangeFetch> fetches = new ArrayList<>();
        underWay.forEach((fetch, of) -> {
            if (of == stream) {
                fetches.add(fetch);
            }
        });
        return fetches;
    }

    private void onEnded(RangeFetch fetch) {
        synchronized (this) {
            ReadStream stream = underWay.remove(fetch);
            keepsUp = fetch.age() < slow;
            if (stream != null && fetch.failed()) {
                stream.shrink();
            }
        }
    }

    /** Largest window of any stream, in bytes. */
    synchronized long window() {
        long largest = 0;
        for (Iterator<ReadStream> all = streams.iterator(); all.hasNext(); ) {
            largest = Math.max(largest, all.next().window());
        }
        return largest;
    }

    /** Cancels what nobody waits for and frees what was fetched ahead. */
    void close() {
        List<RangeFetch> all;
        List<ReadStream.Block> blocks = new ArrayList<>();
        synchronized (this) {
            closed = true;
            all = List.copyOf(underWay.keySet());
            streams.forEach(stream -> blocks.addAll(stream.takeAll()));
            streams.clear();
        }
        question.dispose();
        all.forEach(file::cancelIfIdle);
        context.memory().leave(owner);
    }
}
