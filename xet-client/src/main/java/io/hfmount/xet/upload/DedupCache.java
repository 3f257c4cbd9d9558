package io.hfmount.xet.upload;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What this client knows to be stored: xorbs of its finished uploads and answers of storage, each until it expires
 * (xet-protocol §8.7, §11.2). In memory and bounded. Thread-safe.
 */
final class DedupCache implements KnownChunks {
    /** Keyed answers use one key for long; more than a few at once means that keys rotate. */
    private static final int MAX_KEYS = 8;

    private static final int MAX_DOUBTED = 10_000;

    private final int maxChunks;
    private final InstantSource clock;
    private final XorbDirectory plain;

    /** Xorbs that storage may have lost although its answers name them, oldest first. Guarded by this. */
    private final Set<ContentHash> doubted = new LinkedHashSet<>();

    /** Directories by key, least recently filled first. Guarded by this. */
    private final Map<ContentHash, XorbDirectory> keyed = new LinkedHashMap<>();

    DedupCache(int maxChunks, InstantSource clock) {
        this.maxChunks = maxChunks;
        this.clock = clock;
        this.plain = new XorbDirectory(maxChunks);
    }

    /** Adds a xorb that this client stored and registered. */
    void addRegistered(ContentHash xorb, List<ContentHash> chunks, Instant expiresAt) {
        synchronized (this) {
            doubted.remove(xorb);
        }
        add(ContentHash.ZERO, xorb, chunks, expiresAt);
    }

    /**
     * Adds a xorb, unless it is {@linkplain #doubt doubted}.
     *
     * @param key key of the hashes, zero for none
     */
    void add(ContentHash key, ContentHash xorb, List<ContentHash> chunks, Instant expiresAt) {
        if (clock.instant().isBefore(expiresAt) && !isDoubted(xorb)) {
            directory(key).add(xorb, chunks, expiresAt);
        }
    }

    private synchronized boolean isDoubted(ContentHash xorb) {
        return doubted.contains(xorb);
    }

    /** Does not find a xorb any more, whatever storage answers, until it is registered here. */
    void doubt(ContentHash xorb) {
        List<XorbDirectory> all = new ArrayList<>();
        synchronized (this) {
            doubted.add(xorb);
            if (doubted.size() > MAX_DOUBTED) {
                doubted.remove(doubted.iterator().next());
            }
            all.addAll(keyed.values());
        }
        plain.remove(xorb);
        all.forEach(directory -> directory.remove(xorb));
    }

    private XorbDirectory directory(ContentHash key) {
        if (key.isZero()) {
            return plain;
        }
        synchronized (this) {
            XorbDirectory directory = keyed.remove(key);
            if (directory == null) {
                directory = new XorbDirectory(key, maxChunks / MAX_KEYS);
            }
            keyed.put(key, directory);
            if (keyed.size() > MAX_KEYS) {
                keyed.remove(keyed.keySet().iterator().next());
            }
            return directory;
        }
    }

    @Override
    public @Nullable KnownRun find(List<Chunk> chunks, int from, int to) {
        Instant now = clock.instant();
        KnownRun run = plain.find(chunks, from, to, now);
        if (run != null) {
            return run;
        }
        List<XorbDirectory> others;
        synchronized (this) {
            others = new ArrayList<>(keyed.values());
        }
        for (XorbDirectory directory : others) {
            run = directory.find(chunks, from, to, now);
            if (run != null) {
                return run;
            }
        }
        return null;
    }

    /** Forgets everything; used when storage refused a shard, which may have referred to a xorb it lost. */
    void clear() {
        plain.clear();
        synchronized (this) {
            keyed.clear();
        }
    }
}
