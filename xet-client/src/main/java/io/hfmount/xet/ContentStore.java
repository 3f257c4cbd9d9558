package io.hfmount.xet;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import reactor.core.publisher.Mono;

/**
 * The port through which the mount stores and reads content. Errors are {@link StorageException}s.
 *
 * <p>Thread-safe. Subscribing never blocks; signals arrive on event-loop or decode threads, on which the receiver must
 * not block either.
 */
public interface ContentStore {
    /** Opens an upload of one batch of files. */
    UploadSession newUploadSession();

    /**
     * Asks where the bytes {@code range} of {@code file} are stored.
     *
     * @return the plan; empty when the file ends at or before {@code range.start()}
     */
    Mono<Reconstruction> reconstruct(ContentHash file, ByteRange range);

    /**
     * Fetches and decodes whole chunks of one xorb. A refused address (403) is asked for again through
     * {@code origin} before the call fails.
     *
     * @param fetch an entry of {@code origin}
     * @param origin the plan the entry came from
     */
    Mono<ChunkRun> fetch(Reconstruction.Fetch fetch, Reconstruction origin);

    /**
     * Whether this client knows every chunk of a file, so that composing on it asks for no plan of it and fetches no more
     * than the chunks that are partly replaced. May read from disk, so not for event loops. What is known may be
     * forgotten at any time.
     *
     * @param size length of the file in bytes
     */
    boolean knows(ContentHash file, long size);
}
