package io.hfmount.emulator.hub.wire;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.netty.buffer.ByteBuf;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * A file at its resolve address.
 *
 * @param name last segment of its path
 * @param size bytes
 * @param etag names the content, without quotes
 * @param contentType or null for bytes of any kind
 * @param lastModified milliseconds since 1970
 * @param stored where storage has it, null when it is not there
 * @param content its bytes by range; the receiver owns each buffer
 */
public record ServedFile(
        String name,
        long size,
        String etag,
        @Nullable String contentType,
        long lastModified,
        @Nullable Stored stored,
        Function<ByteRange, Flux<ByteBuf>> content) {
    /**
     * Content in storage.
     *
     * @param hash content hash
     * @param tokenUrl absolute address of a read token
     */
    public record Stored(ContentHash hash, String tokenUrl) {}
}
