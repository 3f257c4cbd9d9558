package io.hfmount.xet.shard;

import io.hfmount.model.ContentHash;

/** Fields appended to an array whose final length is known. Not thread-safe. */
final class ShardBuffer {
    private final byte[] bytes;
    private int at;

    ShardBuffer(int length) {
        this.bytes = new byte[length];
    }

    int position() {
        return at;
    }

    void raw(byte[] raw) {
        System.arraycopy(raw, 0, bytes, at, raw.length);
        at += raw.length;
    }

    void hash(ContentHash hash) {
        hash.writeRaw(bytes, at);
        at += ContentHash.BYTES;
    }

    void u32(int value) {
        ShardLayout.INT_LE.set(bytes, at, value);
        at += 4;
    }

    void u64(long value) {
        ShardLayout.LONG_LE.set(bytes, at, value);
        at += 8;
    }

    void zeros(int count) {
        at += count;
    }

    /** A hash followed by four numbers: the shape of most records. */
    void record(ContentHash hash, int a, int b, int c, int d) {
        hash(hash);
        u32(a);
        u32(b);
        u32(c);
        u32(d);
    }

    void bookend() {
        record(ContentHash.ONES, 0, 0, 0, 0);
    }

    byte[] finish() {
        if (at != bytes.length) {
            throw new IllegalStateException("wrote " + at + " of " + bytes.length + " bytes");
        }
        return bytes;
    }
}
