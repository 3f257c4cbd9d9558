package io.hfmount.xet.cas;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.Reconstruction;
import io.hfmount.xet.xorb.XorbBody;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import reactor.core.publisher.Mono;

/**
 * Port to the storage service (xet-protocol §9), one method a call. Errors are {@link io.hfmount.xet.StorageException}s
 * and come after the client's own retries, except where a method says otherwise.
 *
 * <p>Thread-safe. Arrays that are handed in must not change until the call has ended; arrays handed out belong to the
 * receiver. Signals arrive on threads that must not be blocked.
 */
public interface StorageClient {
    /** Longest stored xorb in bytes that is asked for or accepted: full payload, record headers and a footer. */
    int MAX_STORED_XORB = 66 << 20;

    /**
     * Where the bytes {@code range} of {@code file} are. A range that ends at {@link Long#MAX_VALUE} is open.
     *
     * @return the plan, shorter than asked when the file ends inside the range; empty when it ends at or before its start
     */
    Mono<Reconstruction> reconstruct(ContentHash file, ByteRange range);

    /**
     * Fetches a piece of a stored xorb: one attempt, no retry. A refused or expired address is {@code FORBIDDEN}, an
     * answer of another length {@code CORRUPT}.
     *
     * @return exactly {@code bytes.length()} bytes
     */
    Mono<byte[]> data(String url, ByteRange bytes);

    /**
     * As {@link #data(String, ByteRange)}, piece by piece as they arrive.
     *
     * @param sink takes each piece in order, on a thread that must not be blocked; a piece is valid during the call
     *     only. What it throws fails the call
     * @return completes after exactly {@code bytes.length()} bytes
     */
    default Mono<Void> data(String url, ByteRange bytes, Consumer<ByteBuffer> sink) {
        return data(url, bytes)
                .doOnNext(all -> sink.accept(ByteBuffer.wrap(all)))
                .then();
    }

    /**
     * Asks for known xorbs around a chunk. One attempt: the answer only saves work.
     *
     * @return a dedup shard; empty when nothing is known
     */
    Mono<byte[]> dedupShard(ContentHash chunk);

    /**
     * Stores a xorb; storing it again is a success.
     *
     * @param body its serialised chunk records; the caller keeps its reference at least until the end
     * @return whether it was new to storage
     */
    Mono<Boolean> putXorb(ContentHash xorb, XorbBody body);

    /** Registers the files of a shard in upload form (xet-protocol §8.6). */
    Mono<Void> putShard(byte[] shard);

    /**
     * Asks what of a file must be cut anew when parts of it change (xet-protocol §13.3). {@code NOT_FOUND} and
     * {@code REJECTED} also come from servers that do not answer such questions.
     *
     * @param dirty what changes: at least one range, ascending, disjoint, inside the file
     * @return the answer as it came, sound in itself but not held against the file
     */
    Mono<FileWindows> windows(ContentHash file, List<ByteRange> dirty);

    /** Size of a file in bytes; {@code NOT_FOUND} when storage does not know it. */
    Mono<Long> fileSize(ContentHash file);
}
