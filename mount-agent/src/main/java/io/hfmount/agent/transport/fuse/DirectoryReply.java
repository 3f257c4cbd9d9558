package io.hfmount.agent.transport.fuse;

import io.hfmount.agent.vfs.Attributes;
import io.hfmount.agent.vfs.DirectorySink;
import io.hfmount.agent.vfs.FileKind;
import io.hfmount.agent.vfs.FileSystem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Fills a directory reply: dirent records, or direntplus = entry_out + dirent. An entry of a readdirplus without
 * attributes gets node id 0, which tells the kernel to look it up when needed. Not thread-safe.
 */
final class DirectoryReply implements DirectorySink {
    private final MemorySegment out;
    private final boolean plus;
    private final long ttlMillis;
    private int used;
    private boolean refused;

    DirectoryReply(MemorySegment out, boolean plus, long ttlMillis) {
        this.out = out;
        this.plus = plus;
        this.ttlMillis = ttlMillis;
    }

    @Override
    public boolean offer(String name, long ino, FileKind kind, long nextCookie, @Nullable Attributes attributes) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        int size = (plus ? Wire.ENTRY_OUT_SIZE : 0) + Wire.direntSize(bytes.length);
        if (size > out.byteSize() - used) {
            refused = true;
            return false;
        }
        int at = used;
        if (plus) {
            if (attributes == null || name.equals(".") || name.equals("..")) {
                out.asSlice(at, Wire.ENTRY_OUT_SIZE).fill((byte) 0);
            } else {
                Wire.putEntry(out, at, attributes, ttlMillis);
            }
            at += Wire.ENTRY_OUT_SIZE;
        }
        Wire.putDirent(out, at, ino, nextCookie, kind.typeBits(), bytes);
        used += size;
        return true;
    }

    /** Bytes filled. */
    int used() {
        return used;
    }

    /** Whether not even the first entry fitted: an empty answer would be taken for the end. */
    boolean tooSmall() {
        return refused && used == 0;
    }

    /** Gives back the lookups of the entries taken, when the kernel did not get them. */
    void undo(FileSystem fileSystem) {
        if (!plus) {
            return;
        }
        for (int at = 0; at < used; ) {
            long node = out.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
            if (node != 0) {
                fileSystem.forget(node, 1);
            }
            int nameLength = out.get(ValueLayout.JAVA_INT_UNALIGNED, (long) at + Wire.ENTRY_OUT_SIZE + 16);
            at += Wire.ENTRY_OUT_SIZE + Wire.direntSize(nameLength);
        }
    }
}
