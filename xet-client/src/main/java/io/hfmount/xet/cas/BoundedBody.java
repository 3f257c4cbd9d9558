package io.hfmount.xet.cas;

import io.hfmount.xet.StorageException;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Collects an answer's body without ever holding more than was allowed. An exact body must have one given length, an
 * open one at most. Used by one subscription.
 */
final class BoundedBody {
    private static final int FIRST_CAPACITY = 8 << 10;

    private final StorageRoute route;
    private final int limit;
    private final boolean exact;
    private byte[] bytes;
    private int length;

    private BoundedBody(StorageRoute route, int limit, boolean exact) {
        this.route = route;
        this.limit = limit;
        this.exact = exact;
        this.bytes = new byte[exact ? limit : Math.min(limit, FIRST_CAPACITY)];
    }

    /** A body of exactly {@code length} bytes. */
    static BoundedBody exactly(StorageRoute route, int length) {
        return new BoundedBody(route, length, true);
    }

    /** A body of at most {@code limit} bytes. */
    static BoundedBody atMost(StorageRoute route, int limit) {
        return new BoundedBody(route, limit, false);
    }

    void append(ByteBuf piece) {
        int more = piece.readableBytes();
        if (more > limit - length) {
            throw exact
                    ? AttemptException.transientFailure(
                            StorageException.Kind.CORRUPT,
                            "the answer to " + route.label() + " is longer than the " + limit + " bytes asked for",
                            null)
                    : AttemptException.finalFailure(
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
        if (exact && length != limit) {
            throw AttemptException.transientFailure(
                    StorageException.Kind.CORRUPT,
                    "the answer to " + route.label() + " has " + length + " bytes instead of " + limit,
                    null);
        }
        return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    }
}
