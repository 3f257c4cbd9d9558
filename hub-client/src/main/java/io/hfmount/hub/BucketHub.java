package io.hfmount.hub;

import java.util.List;
import java.util.Map;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The port to the Hub for one bucket. Paths are bucket-relative, UTF-8, not encoded (see {@code RemotePath}); the
 * implementation encodes them (hub-api §1.4). Errors are {@link HubException}s, after the retries of hub-api §1.3.
 *
 * <p>Thread-safe. Subscribing never blocks; signals arrive on event-loop threads, on which the receiver must not block.
 */
public interface BucketHub {
    /** Most operations of one {@link #batch} and most paths of one {@link #pathsInfo}. */
    int MAX_BATCH = 1000;

    /** Information on the bucket; its {@code updatedAt} changes with every mutation. */
    Mono<BucketInfo> info();

    /**
     * Lists the entries strictly below {@code prefix}, following all pages. Entries that only match {@code prefix} as
     * text are dropped here (H-45). An unknown prefix gives no entry.
     *
     * @param prefix directory path, empty for the root
     * @param recursive whether to give all files below and no directories
     */
    Flux<HubEntry> list(String prefix, boolean recursive);

    /** Asks for one file; empty when the path is absent (404). */
    Mono<HubFile> head(String path);

    /**
     * Asks for many files at once, any number.
     *
     * @return the files that exist, keyed by path; absent paths and directories are left out
     */
    Mono<Map<String, HubFile>> pathsInfo(List<String> paths);

    /**
     * Applies operations in order, adds before deletes. Not a transaction: the result tells each operation's fate.
     *
     * @param operations 1 to {@link #MAX_BATCH}
     * @return per-operation failures; a {@link HubException} with {@link HubException#outcomeUnknown()} means that the
     *     Hub may or may not have applied them (H-64)
     */
    Mono<BatchResult> batch(List<BatchOperation> operations);

    /** A fresh storage token. */
    Mono<StorageToken> storageToken(boolean write);
}
