package io.hfmount.transport.jnr;

import io.hfmount.agent.vfs.Attributes;
import io.hfmount.agent.vfs.DirectorySink;
import io.hfmount.agent.vfs.FileKind;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Hands directory entries to libfuse's {@code fuse_fill_dir_t(void *buf, const char *name, const struct stat *stbuf,
 * off_t off)}, which answers 1 when the reply is full. Used by one thread.
 */
final class DirectoryFiller implements DirectorySink, AutoCloseable {
    private static final MethodHandle FILL = Linker.nativeLinker()
            .downcallHandle(FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_LONG));
    private static final int LONGEST_NAME = 4 * 256;

    private final MemorySegment function;
    private final MemorySegment buffer;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment name = arena.allocate(LONGEST_NAME);
    private final MemorySegment stat = arena.allocate(NativeStructs.STAT_SIZE, 8);

    DirectoryFiller(long function, long buffer) {
        this.function = MemorySegment.ofAddress(function);
        this.buffer = MemorySegment.ofAddress(buffer);
    }

    @Override
    public boolean offer(String entry, long ino, FileKind kind, long nextCookie, @Nullable Attributes attributes) {
        if (EntryName.isPrivate(entry)) {
            return true; // what another client of libfuse left on the Hub is nobody's file here
        }
        byte[] bytes = entry.getBytes(StandardCharsets.UTF_8);
        if (bytes.length >= LONGEST_NAME) {
            return true; // no system call could name it
        }
        MemorySegment.copy(bytes, 0, name, ValueLayout.JAVA_BYTE, 0, bytes.length);
        name.set(ValueLayout.JAVA_BYTE, bytes.length, (byte) 0);
        NativeStructs.putEntry(stat, ino, kind);
        try {
            return (int) FILL.invokeExact(function, buffer, name, stat, nextCookie) == 0;
        } catch (Throwable t) {
            throw new IllegalStateException("libfuse's filler cannot be called", t);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
