package io.hfmount.transport.jnr;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The border to native code, which nothing thrown may cross: an exception that leaves a callback of jnr-ffi answers 0,
 * that is success, and a failed read would become an empty file (fuse-transports §4.1). Thread-safe.
 */
final class Callbacks {
    private static final Logger log = LoggerFactory.getLogger(Callbacks.class);

    /** The body of a callback. */
    @FunctionalInterface
    interface Body {
        /** The answer to libfuse, 0 or a count. */
        int run() throws FsException;
    }

    private final AtomicInteger running = new AtomicInteger();

    /** Callbacks that run now. */
    int running() {
        return running.get();
    }

    /** Runs {@code body}; whatever it throws becomes a negative error number. */
    int answer(String operation, Body body) {
        running.incrementAndGet();
        try {
            return body.run();
        } catch (FsException e) {
            log(operation, e);
            return -e.errno().number();
        } catch (Throwable t) {
            log(operation, t);
            return -Errno.EIO.number();
        } finally {
            running.decrementAndGet();
        }
    }

    @SuppressWarnings("EmptyCatch") // logging may fail too, for example when memory ran out; the answer must go out
    private static void log(String operation, Throwable failure) {
        try {
            if (failure instanceof FsException refused) {
                log.debug("Operation {} answered {}: {}", operation, refused.errno(), refused.getMessage());
            } else {
                log.error("Operation {} failed with a fault of the program; answered EIO", operation, failure);
            }
        } catch (Throwable ignored) {
            // answered all the same
        }
    }
}
