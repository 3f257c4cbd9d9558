package io.hfmount.agent.transport.fuse;

import io.hfmount.agent.vfs.Caller;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A view over the request that lies in a reader's buffer. Header: len 0, opcode 4, unique 8, nodeid 16, uid 24, gid 28,
 * pid 32, total_extlen 36 (units of 8 bytes behind the arguments); the body starts at 40. All positions of the accessors
 * are relative to the body and checked against what was read. Not thread-safe; valid until the next read.
 */
final class Request {
    static final int HEADER = 40;

    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final int NAME_MAX = 255;

    private final MemorySegment buffer;
    private int bodyLength;

    Request(MemorySegment buffer) {
        this.buffer = buffer;
    }

    /**
     * Takes the first {@code bytes} of the buffer as one request.
     *
     * @return false when not even a header came, so that there is nothing to answer
     */
    boolean frame(long bytes) {
        if (bytes < HEADER || bytes > buffer.byteSize()) {
            bodyLength = 0;
            return false;
        }
        int extensions = Short.toUnsignedInt(buffer.get(U16, 36)) * 8;
        bodyLength = (int) bytes - HEADER - extensions;
        return true;
    }

    /** Whether the lengths in the header agree with the bytes that came. */
    boolean isConsistent(long bytes) {
        return Integer.toUnsignedLong(buffer.get(U32, 0)) == bytes && bodyLength >= 0;
    }

    int opcode() {
        return buffer.get(U32, 4);
    }

    long unique() {
        return buffer.get(U64, 8);
    }

    long nodeId() {
        return buffer.get(U64, 16);
    }

    Caller caller() {
        return new Caller(buffer.get(U32, 24), buffer.get(U32, 28), buffer.get(U32, 32));
    }

    int bodyLength() {
        return bodyLength;
    }

    int u32(int at) throws FsException {
        require(at, 4);
        return buffer.get(U32, HEADER + at);
    }

    long u64(int at) throws FsException {
        require(at, 8);
        return buffer.get(U64, HEADER + at);
    }

    /** A position or length that must not be negative as a signed number. */
    long position(int at) throws FsException {
        long value = u64(at);
        if (value < 0) {
            throw new FsException(Errno.EINVAL, "position beyond 2^63");
        }
        return value;
    }

    /** Bytes of the body, not copied. */
    MemorySegment slice(int at, int length) throws FsException {
        require(at, length);
        return buffer.asSlice((long) HEADER + at, length);
    }

    /** The zero-terminated file name at {@code at}. */
    String name(int at) throws FsException {
        byte[] bytes = terminated(at);
        if (bytes.length > NAME_MAX) {
            throw new FsException(Errno.ENAMETOOLONG, "name of " + bytes.length + " bytes");
        }
        String name = decode(bytes);
        if (name.isEmpty() || name.equals(".") || name.equals("..") || name.indexOf('/') >= 0) {
            throw new FsException(Errno.EINVAL, "not a file name");
        }
        return name;
    }

    /** The zero-terminated text at {@code at}, of any length and with slashes. */
    String text(int at) throws FsException {
        return decode(terminated(at));
    }

    /** Position behind the terminator of the text that starts at {@code at}. */
    int behindText(int at) throws FsException {
        return at + terminatedLength(at) + 1;
    }

    private byte[] terminated(int at) throws FsException {
        int length = terminatedLength(at);
        byte[] bytes = new byte[length];
        MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, (long) HEADER + at, bytes, 0, length);
        return bytes;
    }

    private int terminatedLength(int at) throws FsException {
        require(at, 1);
        for (int end = at; end < bodyLength; end++) {
            if (buffer.get(ValueLayout.JAVA_BYTE, (long) HEADER + end) == 0) {
                return end - at;
            }
        }
        throw new FsException(Errno.EINVAL, "text without an end");
    }

    /** Strict: bytes that are not UTF-8 would alias distinct names if they were replaced (fuse-transports §3). */
    private static String decode(byte[] bytes) throws FsException {
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (text.indexOf('\uFFFD') >= 0 && !Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes)) {
            throw new FsException(Errno.EILSEQ, "the name is not UTF-8");
        }
        return text;
    }

    private void require(int at, int length) throws FsException {
        if (at < 0 || length < 0 || at > bodyLength - length) {
            throw new FsException(Errno.EINVAL, "request body of " + bodyLength + " bytes is too short");
        }
    }
}
