package io.hfmount.agent.content;

import io.hfmount.agent.content.FileContent.InMemory;
import io.hfmount.agent.content.FileContent.OnDisk;
import io.hfmount.agent.content.ReadMemory.Reservation;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.ChunkRun;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;

/** Moves bytes that are here into the target of a read. */
final class PartCopier {
    private PartCopier() {}

    /** Copies {@code length} bytes of {@code data} from {@code offset} to the front of {@code target}. */
    static void copy(byte[] data, int offset, MemorySegment target, long length) {
        MemorySegment.copy(data, offset, target, ValueLayout.JAVA_BYTE, 0, (int) length);
    }

    /** Copies a part from memory. */
    static void copy(ReadContext context, InMemory part, MemorySegment target) {
        copy(part.data(), part.offset(), target, part.end() - part.start());
        context.observer().served(ContentObserver.Source.MEMORY, part.end() - part.start());
    }

    /**
     * Reads a part from disk. Chunks that lie inside the part go straight into the target; the one that sticks out on
     * either side goes through memory, where the neighbouring read finds it.
     *
     * @return false if some of it is damaged or gone
     */
    static boolean read(ReadContext context, OnDisk part, MemorySegment target) {
        LayoutSpan span = part.span();
        int first = 0;
        int last = span.count();
        if (span.start() < part.start() || (span.end() > part.end() && last == 1)) {
            if (!readEdge(context, part, 0, target)) {
                return false;
            }
            first = 1;
        }
        if (last > first && span.end() > part.end()) {
            last--;
            if (!readEdge(context, part, last, target)) {
                return false;
            }
        }
        if (first < last) {
            long from = span.startOf(first) - part.start();
            long length = span.endOf(last - 1) - span.startOf(first);
            ByteBuffer whole = target.asSlice(from, length).asByteBuffer();
            if (!context.cache().read(span.xorb(), span.chunkStart() + first, span.chunkStart() + last, whole)) {
                return false;
            }
        }
        context.observer().cacheHits(span.count());
        context.observer().served(ContentObserver.Source.DISK, part.end() - part.start());
        return true;
    }

    private static boolean readEdge(ReadContext context, OnDisk part, int index, MemorySegment target) {
        LayoutSpan span = part.span();
        ContentHash xorb = span.xorb();
        int chunk = span.chunkStart() + index;
        int length = span.lengthOf(index);
        Reservation room = context.memory().force(length);
        try {
            byte[] data = new byte[length];
            if (!context.cache().read(xorb, chunk, chunk + 1, ByteBuffer.wrap(data))) {
                return false;
            }
            context.memory().keep(new ChunkRun(xorb, chunk, data, new int[] {length}), room);
            long from = Math.max(part.start(), span.startOf(index));
            long to = Math.min(part.end(), span.endOf(index));
            copy(data, (int) (from - span.startOf(index)), target.asSlice(from - part.start()), to - from);
            return true;
        } finally {
            room.release();
        }
    }
}
