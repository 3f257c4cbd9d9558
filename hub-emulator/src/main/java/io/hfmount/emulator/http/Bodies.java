package io.hfmount.emulator.http;

import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Collects streamed bodies. */
final class Bodies {
    private Bodies() {}

    /** All bytes of {@code content}, refused with 413 beyond {@code limit}. */
    static Mono<byte[]> collect(Flux<ByteBuf> content, int limit) {
        return Mono.defer(() -> {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            return content.doOnNext(piece -> {
                        int length = piece.readableBytes();
                        if (length > limit - all.size()) {
                            throw new RefusedException(413, null, "the body is larger than " + limit + " bytes");
                        }
                        byte[] bytes = new byte[length];
                        piece.getBytes(piece.readerIndex(), bytes);
                        all.writeBytes(bytes);
                    })
                    .then(Mono.fromSupplier(all::toByteArray));
        });
    }
}
