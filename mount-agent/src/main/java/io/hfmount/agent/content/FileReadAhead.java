package io.hfmount.agent.content;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * Asks the kernel to bring a part of a file into the page cache, without waiting for the disk (posix_fadvise, advice
 * POSIX_FADV_WILLNEED). A hint: what goes wrong has no consequence. Thread-safe.
 */
final class FileReadAhead {
    private static final int WILL_NEED = 3;
    private static final int O_RDONLY_CLOEXEC = 0x80000;

    /** The kernel takes no more than a request's worth of one call. */
    private static final int STEP = 512 << 10;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle OPEN = call("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle CLOSE = call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle ADVISE =
            call("posix_fadvise", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));

    private FileReadAhead() {}

    private static MethodHandle call(String name, FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor);
    }

    /** Begins to read {@code length} bytes of {@code file} from {@code position}. */
    static void begin(Path file, long position, long length) {
        try (Arena arena = Arena.ofConfined()) {
            int descriptor = (int) OPEN.invokeExact(arena.allocateFrom(file.toString()), O_RDONLY_CLOEXEC);
            if (descriptor < 0) {
                return;
            }
            int failure = 0;
            for (long at = position; failure == 0 && at < position + length; at += STEP) {
                failure = (int) ADVISE.invokeExact(descriptor, at, Math.min(STEP, position + length - at), WILL_NEED);
            }
            int ignored = (int) CLOSE.invokeExact(descriptor);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
