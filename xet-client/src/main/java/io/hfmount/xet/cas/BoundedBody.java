package io.hfmount.xet.cas;

import io.hfmount.xet.StorageException;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/** Collects an answer's body without ever holding more than was allowed. Used by one subscription. */
final class BoundedBody {
    private static final int FIRST_CAPACITY = 8 << 10;

    private final StorageRoute route;
    private final int limit;
    private byte[] bytes;
    private int length;

    private BoundedBody(StorageRoute route, int limit) {
        this.route = route;
        this.limit = limit;
        this.bytes = new byte[Math.min(limit, FIRST_CAPACITY)];
    }

    /** A body of at most {@code limit} bytes. */
    static BoundedBody atMost(StorageRoute route, int limit) {
        return new BoundedBody(route, limit);
    }

    void append(ByteBuf piece) {
        int more = piece.readableBytes();
        if (more > limit - length) {
            throw AttemptException.finalFailure(
                    StorageException.Kind.CORRUPT,
                    "the answer to " + route.label() + " is longer than " + limit + " bytes",
                    null);
        }
        if (more > bytes.length - length) {
            long doubled = Math.max(bytes.length * 2L, (long) length + more);
            bytes = Arrays.copyOf(bytes, (int) Math.min(limit, doubled));
        }
        piece.readBytes(bytes, length, more);
        length += more;
    }

    /** The whole body, once the answer has ended. */
    byte[] complete() {
        return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    }
}
