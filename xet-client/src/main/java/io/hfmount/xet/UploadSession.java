package io.hfmount.xet;

import reactor.core.publisher.Mono;

/**
 * One upload of several files that share xorbs and shards (xet-protocol §11). Files may be added concurrently; hashing
 * and xorb upload start while bytes still arrive. Nothing is visible before {@link #finish()}.
 *
 * <p>Thread-safe.
 */
public interface UploadSession {
    /**
     * Adds one file. A failure concerns this file alone, unless a xorb it shares with others fails: then
     * {@link #finish()} fails too.
     */
    Mono<UploadedContent> add(ContentSource source);

    /**
     * Waits for all xorbs, then registers every added file by shard. On error nothing of this session may be committed;
     * repeating the whole work in a new session is safe and gives the same hashes.
     *
     * @return bytes sent over the wire by this session
     */
    Mono<Long> finish();

    /** Gives up; stored xorbs without a shard are harmless. Idempotent, and a no-op after {@link #finish()}. */
    void abort();
}
