package io.hfmount.xet;

import io.hfmount.model.ByteRange;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Holds nothing. */
enum NoLocalBase implements LocalBase {
    INSTANCE;

    @Override
    public boolean holds(ByteRange range) {
        return false;
    }

    @Override
    public int read(long position, ByteBuffer target) throws IOException {
        throw new IOException("nothing is held here");
    }
}
