package io.hfmount.xet.cas;

import io.hfmount.xet.xorb.XorbBody;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledHeapByteBuf;
import reactor.core.publisher.Flux;

/** What a request sends, as often as it is tried. Thread-safe. */
interface RequestBody {
    /** Written pieces; small enough that a stalled one shows within the time-out. */
    int PIECE = 256 << 10;

    /** Length in bytes. */
    long length();

    /** The bytes in order, in buffers that their receiver releases. */
    Flux<ByteBuf> pieces();

    /** The bytes of an array, which must not change. */
    static RequestBody of(byte[] bytes) {
        return new RequestBody() {
            @Override
            public long length() {
                return bytes.length;
            }

            @Override
            public Flux<ByteBuf> pieces() {
                return Flux.range(0, Math.ceilDiv(bytes.length, PIECE))
                        .map(i -> Unpooled.wrappedBuffer(bytes, i * PIECE, Math.min(PIECE, bytes.length - i * PIECE)));
            }
        };
    }

    /** The records of a xorb. Buffers hold references, for a connection may outlive the request it is closed for. */
    static RequestBody of(XorbBody xorb) {
        return new RequestBody() {
            @Override
            public long length() {
                return xorb.length();
            }

            @Override
            public Flux<ByteBuf> pieces() {
                return Flux.range(0, xorb.pieceCount()).concatMap(i -> {
                    int length = xorb.pieceLength(i);
                    return Flux.range(0, Math.ceilDiv(length, PIECE))
                            .map(j -> new Held(xorb, xorb.piece(i), j * PIECE, Math.min((j + 1) * PIECE, length)));
                });
            }
        };
    }

    /** A piece that keeps its xorb's memory from being used again while it can be read. */
    final class Held extends UnpooledHeapByteBuf {
        private final XorbBody xorb;

        private Held(XorbBody xorb, byte[] bytes, int from, int to) {
            super(UnpooledByteBufAllocator.DEFAULT, bytes, bytes.length);
            xorb.retain();
            this.xorb = xorb;
            setIndex(from, to);
        }

        @Override
        protected void freeArray(byte[] array) {
            xorb.release();
        }
    }
}
