package io.hfmount.xet.cas;

import io.hfmount.xet.StorageException;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** Passes an answer's body on as it comes, and holds it to one length. Used by one subscription. */
final class ExactBody {
    private final StorageRoute route;
    private final long expected;
    private final Consumer<ByteBuffer> sink;
    private long length;

    ExactBody(StorageRoute route, long expected, Consumer<ByteBuffer> sink) {
        this.route = route;
        this.expected = expected;
        this.sink = sink;
    }

    /** Passes a piece on, unless it is too much. */
    void accept(ByteBuf piece) {
        if (piece.readableBytes() > expected - length) {
            throw AttemptException.transientFailure(
                    StorageException.Kind.CORRUPT,
                    "the answer to " + route.label() + " is longer than the " + expected + " bytes asked for",
                    null);
        }
        length += piece.readableBytes();
        if (piece.nioBufferCount() == 1) {
            sink.accept(piece.nioBuffer());
        } else {
            for (ByteBuffer part : piece.nioBuffers()) {
                sink.accept(part);
            }
        }
    }

    /** The length, once the answer has ended. */
    long complete() {
        if (length != expected) {
            throw AttemptException.transientFailure(
                    StorageException.Kind.CORRUPT,
                    "the answer to " + route.label() + " has " + length + " bytes instead of " + expected,
                    null);
        }
        return length;
    }
}
