package io.hfmount.agent.content;

import io.hfmount.agent.vfs.FsException;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import java.nio.ByteBuffer;
import reactor.core.publisher.Mono;

/** The port to content outside Xet storage, which can only be read over HTTP. Thread-safe. */
@FunctionalInterface
public interface PlainSource {
    /**
     * Reads bytes of one version of one file, never those of another version.
     *
     * @param identity names the version
     * @param range not empty, inside the file
     * @return exactly these bytes, or an {@link FsException} after the source's own tries and time-outs. Signals may
     *     come on event loops
     */
    Mono<ByteBuffer> read(ContentHash identity, ByteRange range);
}
