package io.hfmount.xet;

import io.hfmount.model.ContentHash;
import java.util.List;
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
     *
     * @param source stays readable until the session has ended: if storage turns out to lack content that it was known to
     *     have, the file is read again
     */
    Mono<UploadedContent> add(ContentSource source);

    /**
     * Adds the file that {@code base} becomes by {@code edits}, moving little more than what they touch (xet-protocol
     * §13). The result is that of adding the edited content as a whole. No edits give {@code base} itself, without a
     * request.
     *
     * <p>Fails with an {@link IllegalArgumentException} before any request when an edit ends after {@code baseSize}, or
     * starts before its predecessor's end, or the new size is no long; with a {@link StorageException} of kind
     * {@code NOT_FOUND} when storage does not know {@code base}, {@code REJECTED} when it has another size there,
     * {@code SOURCE} when the data of an edit cannot be read in full. A failure concerns this file alone, as for
     * {@link #add}.
     *
     * @param base a registered file
     * @param baseSize its length in bytes
     * @param edits ascending and disjoint, in the coordinates of {@code base}; their data stays readable until the
     *     session has ended
     * @param local bytes of {@code base} that need not be fetched
     */
    Mono<UploadedContent> compose(ContentHash base, long baseSize, List<Edit> edits, LocalBase local);

    /**
     * Waits for all xorbs, then registers every added and composed file by shard. If storage refuses a shard, files that
     * refer to content stored before are uploaded once more without it, and registered then. On error nothing of this session may be committed;
     * repeating the whole work in a new session is safe and gives the same hashes.
     *
     * @return bytes sent over the wire by this session
     */
    Mono<Long> finish();

    /** Gives up; stored xorbs without a shard are harmless. Idempotent, and a no-op after {@link #finish()}. */
    void abort();
}
