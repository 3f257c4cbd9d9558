package io.hfmount.agent.transport.fuse;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns whatever an operation threw into an answer: a lost request is a process that hangs (fuse-transports §6.2). */
final class Failures {
    private static final Logger log = LoggerFactory.getLogger(Failures.class);

    private Failures() {}

    static void answer(Reply reply, int opcode, Throwable failure) {
        if (failure instanceof FsException refused) {
            log.debug("Operation {} answered {}: {}", opcode, refused.errno(), refused.getMessage());
            reply.fail(refused.errno());
        } else {
            // Answer first: logging may fail too, for example when memory ran out.
            reply.fail(Errno.EIO);
            log.error("Operation {} failed with a fault of the program; answered EIO", opcode, failure);
        }
    }
}
