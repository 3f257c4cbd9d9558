package io.hfmount.agent.transport.fuse;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Builds a request as the kernel lays it out. */
final class RequestBytes {
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private final int opcode;
    private final long unique;
    private final long nodeId;

    RequestBytes(int opcode, long unique, long nodeId) {
        this.opcode = opcode;
        this.unique = unique;
        this.nodeId = nodeId;
    }

    RequestBytes u32(int value) {
        return raw(ByteBuffer.allocate(4)
                .order(ByteOrder.nativeOrder())
                .putInt(value)
                .array());
    }

    RequestBytes u64(long value) {
        return raw(ByteBuffer.allocate(8)
                .order(ByteOrder.nativeOrder())
                .putLong(value)
                .array());
    }

    RequestBytes text(String value) {
        return raw(value.getBytes(StandardCharsets.UTF_8)).raw(new byte[1]);
    }

    RequestBytes raw(byte[] bytes) {
        body.writeBytes(bytes);
        return this;
    }

    byte[] bytes() {
        return ByteBuffer.allocate(Request.HEADER + body.size())
                .order(ByteOrder.nativeOrder())
                .putInt(Request.HEADER + body.size())
                .putInt(opcode)
                .putLong(unique)
                .putLong(nodeId)
                .putInt(1000)
                .putInt(100)
                .putInt(4242)
                .putInt(0)
                .put(body.toByteArray())
                .array();
    }

    /** The request in a reader's buffer. */
    Request request() {
        return in(bytes());
    }

    static Request in(byte[] bytes) {
        MemorySegment buffer = Arena.ofAuto().allocate(Math.max(bytes.length, 8192), 8);
        MemorySegment.copy(bytes, 0, buffer, ValueLayout.JAVA_BYTE, 0, bytes.length);
        Request request = new Request(buffer);
        request.frame(bytes.length);
        return request;
    }
}
