package io.hfmount.agent.transport;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Arrays;

/** System calls on files that Java does not have. */
final class NativeFile implements AutoCloseable {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final MethodHandle OPEN = handle("open", INT, ValueLayout.ADDRESS, INT);
    private static final MethodHandle CLOSE = handle("close", INT, INT);
    private static final MethodHandle FALLOCATE = handle("fallocate", INT, INT, INT, LONG, LONG);
    private static final MethodHandle LSEEK = handle("lseek", LONG, INT, LONG, INT);
    private static final MethodHandle COPY =
            handle("copy_file_range", LONG, INT, ValueLayout.ADDRESS, INT, ValueLayout.ADDRESS, LONG, INT);

    private final int descriptor;

    private NativeFile(int descriptor) {
        this.descriptor = descriptor;
    }

    private static MethodHandle handle(String name, MemoryLayout result, MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(result, arguments),
                Linker.Option.captureCallState("errno"));
    }

    @FunctionalInterface
    private interface Call {
        long run(MemorySegment state) throws Throwable;
    }

    private static long checked(Arena arena, String what, Call call) throws FsException {
        MemorySegment state = arena.allocate(STATE);
        long result;
        try {
            result = call.run(state);
        } catch (Throwable e) {
            throw new AssertionError(what, e);
        }
        if (result < 0) {
            int number = state.get(INT, STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno")));
            Errno errno = Arrays.stream(Errno.values())
                    .filter(e -> e.number() == number)
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(what + ": errno " + number));
            throw new FsException(errno, what);
        }
        return result;
    }

    /** Opens with Linux flag bits. */
    static NativeFile open(Path path, int flags) throws FsException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(path.toString());
            return new NativeFile(
                    (int) checked(arena, "open " + path, state -> (int) OPEN.invokeExact(state, name, flags)));
        }
    }

    void fallocate(int mode, long offset, long length) throws FsException {
        try (Arena arena = Arena.ofConfined()) {
            checked(arena, "fallocate", state -> (int) FALLOCATE.invokeExact(state, descriptor, mode, offset, length));
        }
    }

    long seek(long offset, int whence) throws FsException {
        try (Arena arena = Arena.ofConfined()) {
            return checked(arena, "lseek", state -> (long) LSEEK.invokeExact(state, descriptor, offset, whence));
        }
    }

    /** One copy_file_range. */
    long copy(long offset, NativeFile target, long targetOffset, long length) throws FsException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment from = arena.allocateFrom(LONG, offset);
            MemorySegment to = arena.allocateFrom(LONG, targetOffset);
            return checked(arena, "copy_file_range", state ->
                    (long) COPY.invokeExact(state, descriptor, from, target.descriptor, to, length, 0));
        }
    }

    @Override
    public void close() throws FsException {
        try (Arena arena = Arena.ofConfined()) {
            checked(arena, "close", state -> (int) CLOSE.invokeExact(state, descriptor));
        }
    }
}
