package io.hfmount.agent.transport;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.MemoryFileSystem;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.agent.vfs.WouldBlockException;
import java.util.concurrent.CountDownLatch;

/** Files named {@code stall*} wait for {@link #gate}; {@code fail*} and {@code crash*} fail. */
public final class ScriptedFileSystem extends MemoryFileSystem {
    /** Opened to let stalled calls go on. */
    public final CountDownLatch gate = new CountDownLatch(1);

    /** Open once a call stalls. */
    public final CountDownLatch stalled = new CountDownLatch(1);

    @Override
    protected void beforeRead(long ino, String name, Wait wait) throws FsException {
        misbehave(name, wait);
    }

    @Override
    protected void beforeLookup(long parent, String name, Wait wait) throws FsException {
        if (name.startsWith("slow-lookup")) {
            misbehave("stall", wait);
        }
    }

    @Override
    protected boolean bypassesPageCache(String name) {
        return name.contains("direct");
    }

    @Override
    protected void beforeWrite(long ino, String name, Wait wait) throws FsException {
        if (name.startsWith("slow-write")) {
            misbehave("stall", wait);
        }
    }

    private void misbehave(String name, Wait wait) throws FsException {
        if (name.startsWith("fail")) {
            throw new FsException(Errno.EDQUOT, "as asked");
        }
        if (name.startsWith("crash")) {
            throw new IllegalStateException("as asked");
        }
        if (name.startsWith("stall") && gate.getCount() > 0) {
            if (wait == Wait.NEVER) {
                throw WouldBlockException.INSTANCE;
            }
            stalled.countDown();
            try {
                gate.await();
            } catch (InterruptedException e) {
                throw new FsException(Errno.EIO, "interrupted");
            }
        }
    }
}
