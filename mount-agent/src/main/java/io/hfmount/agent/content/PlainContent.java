package io.hfmount.agent.content;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.model.ContentHash;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** One version of a plain file as one handle reads it; a handle that reads in order has the next blocks fetched. */
final class PlainContent implements OpenContent {
    /** Blocks fetched ahead of a reader in order. */
    private static final int AHEAD = 2;

    private final PlainReader reader;
    private final ContentHash identity;
    private final long size;
    private volatile long lastBlock = -1; // a guess for fetching ahead: races are harmless
    private volatile boolean closed;

    PlainContent(PlainReader reader, ContentHash identity, long size) {
        this.reader = reader;
        this.identity = identity;
        this.size = size;
    }

    @Override
    public int read(long offset, MemorySegment target, Wait wait) throws FsException {
        if (closed) {
            throw new FsException(Errno.EBADF, "the handle is closed");
        }
        if (offset < 0) {
            throw new FsException(Errno.EINVAL, "a read from offset " + offset);
        }
        int length = (int) Math.min(Math.min(target.byteSize(), Integer.MAX_VALUE), Math.max(0, size - offset));
        int done = 0;
        while (done < length) {
            PlainBlock block = PlainBlock.at(identity, offset + done, size);
            if (wait == Wait.ALLOWED) {
                fetchAhead(block);
            }
            int from = (int) (offset + done - block.range().start());
            int count = Math.min(length - done, block.length() - from);
            ByteBuffer data = reader.block(block, count, wait);
            MemorySegment.copy(
                    MemorySegment.ofBuffer(data.slice(data.position() + from, count)), 0, target, done, count);
            done += count;
        }
        return length;
    }

    private void fetchAhead(PlainBlock block) {
        long before = lastBlock;
        lastBlock = block.index();
        if (block.index() != before + 1) {
            return;
        }
        for (int i = 1; i <= AHEAD; i++) {
            long start = (long) (block.index() + i) * PlainBlock.SIZE;
            if (start < size) {
                reader.ahead(PlainBlock.at(identity, start, size));
            }
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
