package io.hfmount.xet.compose;

import io.hfmount.xet.ContentSource;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The data of all edits, one after the other: what an empty file becomes. Not thread-safe. */
final class Concatenation implements ContentSource {
    private final EditList edits;
    private int current;
    private long currentStart;

    Concatenation(EditList edits) {
        this.edits = edits;
    }

    @Override
    public long size() {
        return edits.newBytes();
    }

    @Override
    public int read(long position, ByteBuffer target) throws IOException {
        if (position < currentStart) {
            current = 0;
            currentStart = 0;
        }
        while (current < edits.count() && position >= currentStart + edits.length(current)) {
            currentStart += edits.length(current++);
        }
        if (current == edits.count() || !target.hasRemaining()) {
            return 0;
        }
        long from = position - currentStart;
        int count = (int) Math.min(target.remaining(), edits.length(current) - from);
        ByteBuffer part = target.slice(target.position(), count);
        int read = edits.get(current).data().read(from, part);
        target.position(target.position() + part.position());
        return read;
    }
}
