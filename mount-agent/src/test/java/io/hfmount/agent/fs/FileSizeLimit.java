package io.hfmount.agent.fs;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * While it is open, no file of this process can grow past a size: the disk takes the part of a write that is below, and
 * then refuses, as a full disk does.
 */
final class FileSizeLimit implements AutoCloseable {
    private static final int RLIMIT_FSIZE = 1;
    private static final FunctionDescriptor CALL =
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS);

    private final long before;

    private FileSizeLimit(long before) {
        this.before = before;
    }

    static FileSizeLimit of(long bytes) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment limit = arena.allocate(ValueLayout.JAVA_LONG, 2); // soft, hard
            call("getrlimit", limit);
            long before = limit.get(ValueLayout.JAVA_LONG, 0);
            limit.set(ValueLayout.JAVA_LONG, 0, bytes);
            call("setrlimit", limit);
            return new FileSizeLimit(before);
        }
    }

    private static void call(String name, MemorySegment limit) throws IOException {
        Linker linker = Linker.nativeLinker();
        MethodHandle handle =
                linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), CALL);
        int result;
        try {
            result = (int) handle.invokeExact(RLIMIT_FSIZE, limit);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        if (result != 0) {
            throw new IOException(name + " failed");
        }
    }

    @Override
    public void close() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment limit = arena.allocate(ValueLayout.JAVA_LONG, 2);
            call("getrlimit", limit);
            limit.set(ValueLayout.JAVA_LONG, 0, before);
            call("setrlimit", limit);
        }
    }
}
