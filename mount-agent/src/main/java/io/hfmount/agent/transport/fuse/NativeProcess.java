package io.hfmount.agent.transport.fuse;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Map;

/**
 * posix_spawnp, waitpid, socketpair and recvmsg: what it takes to start a program that inherits a descriptor and to
 * receive one from it; the platform's own process API closes inherited descriptors (fuse-transports §6.1). Stateless.
 */
final class NativeProcess {
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM_CLOEXEC = 1 | LibC.O_CLOEXEC;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;
    /** posix_spawn_file_actions_t is 80 bytes in the C libraries known; more does no harm. */
    private static final long FILE_ACTIONS_SIZE = 512;

    private static final MethodHandle SOCKETPAIR =
            LibC.capturing("socketpair", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle PIPE2 =
            LibC.capturing("pipe2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle RECVMSG =
            LibC.capturing("recvmsg", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle WAITPID =
            LibC.capturing("waitpid", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle SPAWN = LibC.plain(
            "posix_spawnp", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS));
    private static final MethodHandle ACTIONS_INIT =
            LibC.plain("posix_spawn_file_actions_init", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle ACTIONS_DUP2 = LibC.plain(
            "posix_spawn_file_actions_adddup2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
    private static final MethodHandle ACTIONS_DESTROY =
            LibC.plain("posix_spawn_file_actions_destroy", FunctionDescriptor.of(JAVA_INT, ADDRESS));

    private NativeProcess() {}

    /** Two connected descriptors, close-on-exec. */
    record Pair(int first, int second) {}

    static Pair socketPair() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = LibC.callState(arena);
            MemorySegment both = arena.allocate(JAVA_INT, 2);
            long answer =
                    LibC.result((int) SOCKETPAIR.invokeExact(state, AF_UNIX, SOCK_STREAM_CLOEXEC, 0, both), state);
            return pair(answer, both, "socketpair");
        } catch (IOException e) {
            throw e;
        } catch (Throwable t) {
            throw LibC.unexpected(t);
        }
    }

    /** A pipe: the first end reads, the second writes. */
    static Pair pipe() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = LibC.callState(arena);
            MemorySegment both = arena.allocate(JAVA_INT, 2);
            return pair(LibC.result((int) PIPE2.invokeExact(state, both, LibC.O_CLOEXEC), state), both, "pipe");
        } catch (IOException e) {
            throw e;
        } catch (Throwable t) {
            throw LibC.unexpected(t);
        }
    }

    private static Pair pair(long answer, MemorySegment both, String call) throws IOException {
        if (answer < 0) {
            throw new IOException(call + " failed (" + LibC.describe((int) answer) + ")");
        }
        return new Pair(both.getAtIndex(JAVA_INT, 0), both.getAtIndex(JAVA_INT, 1));
    }

    /**
     * Starts a program found on the path.
     *
     * @param descriptors our descriptor → its number in the child; nothing else above 2 is inherited
     * @return process id
     */
    static int spawn(List<String> command, Map<String, String> environment, Map<Integer, Integer> descriptors)
            throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment actions = arena.allocate(FILE_ACTIONS_SIZE, 16);
            check((int) ACTIONS_INIT.invokeExact(actions), "file_actions_init");
            try {
                for (Map.Entry<Integer, Integer> entry : descriptors.entrySet()) {
                    int from = entry.getKey();
                    int to = entry.getValue();
                    check((int) ACTIONS_DUP2.invokeExact(actions, from, to), "file_actions_adddup2");
                }
                MemorySegment pid = arena.allocate(JAVA_INT);
                List<String> variables = environment.entrySet().stream()
                        .map(e -> e.getKey() + "=" + e.getValue())
                        .toList();
                int answer = (int) SPAWN.invokeExact(
                        pid,
                        arena.allocateFrom(command.getFirst()),
                        actions,
                        MemorySegment.NULL,
                        strings(arena, command),
                        strings(arena, variables));
                check(answer, "starting " + command.getFirst());
                return pid.get(JAVA_INT, 0);
            } finally {
                int ignored = (int) ACTIONS_DESTROY.invokeExact(actions);
                assert ignored == 0;
            }
        } catch (IOException e) {
            throw e;
        } catch (Throwable t) {
            throw LibC.unexpected(t);
        }
    }

    /** Waits for the end of a child and gives its exit status, or 128 + signal. */
    static int await(int pid) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = LibC.callState(arena);
            MemorySegment status = arena.allocate(JAVA_INT);
            long answer;
            do {
                answer = LibC.result((int) WAITPID.invokeExact(state, pid, status, 0), state);
            } while (answer == -LibC.EINTR);
            if (answer < 0) {
                throw new IOException("waitpid failed (" + LibC.describe((int) answer) + ")");
            }
            int bits = status.get(JAVA_INT, 0);
            int signal = bits & 0x7f;
            return signal == 0 ? (bits >> 8) & 0xff : 128 + signal;
        } catch (IOException e) {
            throw e;
        } catch (Throwable t) {
            throw LibC.unexpected(t);
        }
    }

    /**
     * Receives one descriptor with SCM_RIGHTS, close-on-exec. msghdr: iov 16, iovlen 24, control 32, controllen 40;
     * cmsg: len 0, level 8, type 12, descriptor 16.
     *
     * @return the descriptor, or -1 when the peer ended without sending one
     */
    static int receiveDescriptor(int socket) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = LibC.callState(arena);
            MemorySegment data = arena.allocate(8);
            MemorySegment vector = arena.allocate(16, 8);
            vector.set(ADDRESS, 0, data);
            vector.set(JAVA_LONG, 8, 1);
            MemorySegment control = arena.allocate(24, 8);
            MemorySegment header = arena.allocate(56, 8);
            header.set(ADDRESS, 16, vector);
            header.set(JAVA_LONG, 24, 1);
            header.set(ADDRESS, 32, control);
            header.set(JAVA_LONG, 40, 24);
            long received;
            do {
                received = LibC.result((long) RECVMSG.invokeExact(state, socket, header, MSG_CMSG_CLOEXEC), state);
            } while (received == -LibC.EINTR);
            if (received < 0) {
                throw new IOException("recvmsg failed (" + LibC.describe((int) received) + ")");
            }
            boolean carries = header.get(JAVA_LONG, 40) >= 20
                    && control.get(JAVA_LONG, 0) == 20
                    && control.get(JAVA_INT, 8) == SOL_SOCKET
                    && control.get(JAVA_INT, 12) == SCM_RIGHTS;
            return carries ? control.get(JAVA_INT, 16) : -1;
        } catch (IOException e) {
            throw e;
        } catch (Throwable t) {
            throw LibC.unexpected(t);
        }
    }

    private static MemorySegment strings(Arena arena, List<String> values) {
        MemorySegment array = arena.allocate(ADDRESS, values.size() + 1L);
        for (int i = 0; i < values.size(); i++) {
            array.setAtIndex(ADDRESS, i, arena.allocateFrom(values.get(i)));
        }
        array.setAtIndex(ADDRESS, values.size(), MemorySegment.NULL);
        return array;
    }

    private static void check(int errno, String call) throws IOException {
        if (errno != 0) {
            throw new IOException(call + " failed (" + LibC.describe(errno) + ")");
        }
    }
}
