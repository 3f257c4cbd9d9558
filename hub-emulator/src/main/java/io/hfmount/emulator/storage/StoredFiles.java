package io.hfmount.emulator.storage;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.netty.buffer.ByteBuf;
import java.util.Optional;
import java.util.OptionalLong;
import reactor.core.publisher.Flux;

/** What the Hub half asks of storage about registered files. Thread-safe. */
public interface StoredFiles {
    /**
     * The size of a registered file.
     *
     * <p>May read disk: callers are off the event loop.
     *
     * @param file any hash; {@link ContentHash#ZERO} is the empty file and answers 0
     * @return its bytes, or empty when no registered shard defines the file
     */
    OptionalLong sizeOf(ContentHash file);

    /**
     * The file that its uploader says has a SHA-256 digest; who relies on it reads the content.
     *
     * <p>May read disk: callers are off the event loop.
     *
     * @param sha256 the digest; its text form is the usual hex
     * @return its content hash, or empty when no registered file claims the digest
     */
    Optional<ContentHash> withSha256(ContentHash sha256);

    /**
     * The content of {@code range}, rebuilt from stored xorbs, in order, in pieces of bounded size. Works off the event
     * loop and honours demand: a slow receiver holds back the reads.
     *
     * @param file a registered file
     * @param range inside {@code [0, size)}; empty gives an empty stream
     * @return exactly {@code range.length()} bytes; the receiver owns and releases each buffer. Fails when the file is
     *     unknown or a stored xorb is unreadable
     */
    Flux<ByteBuf> stream(ContentHash file, ByteRange range);
}
