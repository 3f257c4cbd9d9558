package io.hfmount.emulator.storage.disk;

import io.hfmount.emulator.storage.plan.XorbLayout;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.shard.DedupEligibility;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Which chunks clients may find by asking for their hash, and where they are (xet-protocol §8.7).
 *
 * <p>Entries are hints: written without waiting for the disk, and believed only when the stored xorb has that chunk. A
 * lost one costs deduplication. Thread-safe; every call touches the disk.
 */
public final class DedupIndex {
    private static final int POINTER_BYTES = ContentHash.BYTES + 4;

    private final StorageDirectory directory;
    private final XorbStore xorbs;

    /** The index of {@code directory} over {@code xorbs}. */
    public DedupIndex(StorageDirectory directory, XorbStore xorbs) {
        this.directory = directory;
        this.xorbs = xorbs;
    }

    /**
     * Adds the eligible chunks of one stored xorb: the marked ones and those that are eligible by their hash.
     *
     * @param layout the xorb
     * @param marked indexes of chunks that start a file or that a client marked
     */
    public void add(XorbLayout layout, BitSet marked) throws IOException {
        Path marks = directory.path(StorageDirectory.Kind.MARKS, layout.xorb());
        synchronized (this) { // read, join and replace the marks as one step
            BitSet known = marked(layout);
            int before = known.cardinality();
            known.or(marked);
            if (known.cardinality() > before) {
                directory.publishHint(known.toByteArray(), marks);
            }
        }
        for (int i = 0; i < layout.count(); i++) {
            ContentHash chunk = layout.hash(i);
            if ((marked.get(i) || DedupEligibility.byHash(chunk)) && find(chunk) == null) {
                ByteBuffer pointer = ByteBuffer.allocate(POINTER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
                pointer.put(layout.xorb().toRaw()).putInt(i);
                directory.publishHint(pointer.array(), directory.path(StorageDirectory.Kind.CHUNKS, chunk));
            }
        }
    }

    /** A stored xorb that holds {@code chunk}, or null if the chunk is not in the index. */
    public @Nullable XorbLayout find(ContentHash chunk) throws IOException {
        byte[] pointer;
        try {
            pointer = Files.readAllBytes(directory.path(StorageDirectory.Kind.CHUNKS, chunk));
        } catch (NoSuchFileException e) {
            return null;
        }
        if (pointer.length != POINTER_BYTES) {
            return null;
        }
        XorbLayout layout = xorbs.find(ContentHash.fromRaw(pointer, 0));
        int index = ByteBuffer.wrap(pointer).order(ByteOrder.LITTLE_ENDIAN).getInt(ContentHash.BYTES);
        boolean holds = layout != null
                && index >= 0
                && index < layout.count()
                && layout.hash(index).equals(chunk);
        return holds ? layout : null;
    }

    /** Indexes of the marked chunks of a xorb. */
    public BitSet marked(XorbLayout layout) throws IOException {
        try {
            BitSet marks =
                    BitSet.valueOf(Files.readAllBytes(directory.path(StorageDirectory.Kind.MARKS, layout.xorb())));
            marks.clear(layout.count(), Math.max(layout.count(), marks.length()));
            return marks;
        } catch (NoSuchFileException e) {
            return new BitSet();
        }
    }
}
