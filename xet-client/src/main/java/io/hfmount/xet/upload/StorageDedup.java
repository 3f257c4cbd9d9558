package io.hfmount.xet.upload;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.cas.StorageClient;
import io.hfmount.xet.shard.Shard;
import io.hfmount.xet.shard.ShardFooter;
import io.hfmount.xet.shard.ShardFormatException;
import io.hfmount.xet.shard.ShardReader;
import io.hfmount.xet.shard.XorbEntry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Asks storage for known chunks and puts its answers into the cache, never longer than the answer or our own lifetime
 * allows. Asks about a chunk once a session, and nothing more once several answers in a row have failed: a service that is
 * slow to fail would hold up every file of the session. Thread-safe; blocks the caller.
 */
final class StorageDedup implements GlobalDedup {
    private static final Logger LOG = LoggerFactory.getLogger(StorageDedup.class);
    private static final int AT_ONCE = 4;
    private static final int MAX_REMEMBERED = 100_000;

    /** Failures in a row after which a session asks no more. */
    static final int MAX_FAILURES = 4;

    private final StorageClient storage;
    private final DedupCache cache;
    private final Duration lifetime;
    private final InstantSource clock;

    /** Guarded by itself. */
    private final Set<ContentHash> asked = new HashSet<>();

    private final AtomicInteger failures = new AtomicInteger();

    StorageDedup(StorageClient storage, DedupCache cache, Duration lifetime, InstantSource clock) {
        this.storage = storage;
        this.cache = cache;
        this.lifetime = lifetime;
        this.clock = clock;
    }

    @Override
    public boolean ask(List<ContentHash> chunks) {
        if (failures.get() >= MAX_FAILURES) {
            return false;
        }
        List<ContentHash> fresh = new ArrayList<>();
        synchronized (asked) {
            for (ContentHash chunk : chunks) {
                if (asked.size() < MAX_REMEMBERED && asked.add(chunk)) {
                    fresh.add(chunk);
                }
            }
        }
        if (fresh.isEmpty()) {
            return false;
        }
        // Parsed on this thread, which may be busy; the answers wait outside the heap's worst case: few at once.
        Flux.fromIterable(fresh).flatMap(this::answer, AT_ONCE, 1).toIterable(1).forEach(this::take);
        return true;
    }

    private Mono<Answer> answer(ContentHash chunk) {
        return Mono.defer(() -> failures.get() >= MAX_FAILURES
                ? Mono.empty()
                : storage.dedupShard(chunk)
                        .doOnSuccess(shard -> failures.set(0))
                        .map(shard -> new Answer(chunk, shard))
                        .onErrorResume(e -> {
                            LOG.debug("dedup query for {} failed: {}", chunk, e.getMessage());
                            failures.incrementAndGet();
                            return Mono.empty();
                        }));
    }

    private record Answer(ContentHash question, byte[] shard) {}

    private void take(Answer answer) {
        Shard shard;
        try {
            shard = ShardReader.read(answer.shard);
        } catch (ShardFormatException e) {
            LOG.debug("dedup answer for {} is not readable: {}", answer.question, e.getMessage());
            return;
        }
        Instant expiry = clock.instant().plus(lifetime);
        ContentHash key = ContentHash.ZERO;
        ShardFooter footer = shard.footer();
        if (footer != null) {
            key = footer.hmacKey();
            if (Long.compareUnsigned(footer.expiresAt(), expiry.getEpochSecond()) < 0) {
                expiry = Instant.ofEpochSecond(footer.expiresAt());
            }
        }
        for (XorbEntry xorb : shard.xorbs()) {
            List<ContentHash> hashes =
                    xorb.chunks().stream().map(XorbEntry.ChunkEntry::hash).toList();
            cache.add(key, xorb.hash(), hashes, expiry);
        }
    }
}
