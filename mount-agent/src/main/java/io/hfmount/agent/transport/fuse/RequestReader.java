package io.hfmount.agent.transport.fuse;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A platform thread's loop: one request is read, served or handed over, and so on until the connection ends. A blocking
 * read through the foreign interface would pin a virtual thread's carrier (fuse-transports §2), hence a thread of its
 * own. Memory is allocated once.
 */
final class RequestReader implements Runnable {
    /** Beyond {@code max_write}: header and arguments, with room to spare (fuse-transports §6.2). */
    static final int EXTRA = 8192;

    private static final Logger log = LoggerFactory.getLogger(RequestReader.class);

    private final FuseDevice device;
    private final Dispatcher dispatcher;
    private final int maxPayload;
    private final Runnable ended;

    /**
     * @param device a reference that this reader releases at its end
     * @param ended called last
     */
    RequestReader(FuseDevice device, Dispatcher dispatcher, int maxPayload, Runnable ended) {
        this.device = device;
        this.dispatcher = dispatcher;
        this.maxPayload = maxPayload;
        this.ended = ended;
    }

    @Override
    public void run() {
        try (Arena arena = Arena.ofShared()) {
            PayloadBuffer answer = new PayloadBuffer(maxPayload);
            try {
                serve(arena, answer);
            } finally {
                answer.free();
            }
        } catch (Throwable t) {
            log.error("A reader of the FUSE device ended with a fault of the program", t);
        } finally {
            device.release();
            ended.run();
        }
    }

    private void serve(Arena arena, PayloadBuffer answer) {
        MemorySegment buffer = arena.allocate((long) maxPayload + EXTRA, PayloadBuffer.PAGE);
        MemorySegment callState = LibC.callState(arena);
        Request request = new Request(buffer);
        Reply reply = new Reply(answer, device);
        while (true) {
            long bytes = device.read(callState, buffer);
            if (bytes >= 0) {
                dispatcher.dispatch(request, bytes, reply);
                continue;
            }
            switch ((int) -bytes) {
                case LibC.EINTR, LibC.EAGAIN, LibC.ENOENT -> {}
                case LibC.ENODEV, LibC.ECONNABORTED -> {
                    return;
                }
                default -> {
                    log.error("Reading the FUSE device failed: {}", LibC.describe((int) -bytes));
                    return;
                }
            }
        }
    }
}
