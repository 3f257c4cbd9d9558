package io.hfmount.transport.jnr;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FileSystem;
import io.hfmount.agent.vfs.FsException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Unlinks of open files, held back for a moment. libfuse asks for the same thing when an open file is unlinked and when
 * another file is about to be renamed over it; in the second case the rename follows at once, and the file system can do
 * both in one step that fails as a whole: otherwise a rename that fails would have removed its target already.
 *
 * <p>Nobody sees the delay, for every other operation on names {@linkplain #settle settles} first. Thread-safe.
 */
final class DeferredUnlinks {
    private static final Logger log = LoggerFactory.getLogger(DeferredUnlinks.class);
    private static final Executor LATER =
            CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS, Thread::startVirtualThread);

    private final FileSystem fileSystem;
    private final PathNodes nodes;
    private final Executor later;
    private final ReentrantLock lock = new ReentrantLock();
    /** With the inode that each name led to. Guarded by lock. */
    private final Map<EntryName, Long> waiting = new LinkedHashMap<>();
    /** Whether something waits or is being done; written under the lock. */
    private volatile boolean any;

    DeferredUnlinks(FileSystem fileSystem, PathNodes nodes) {
        this(fileSystem, nodes, LATER);
    }

    /** @param later runs what it is given after a moment */
    DeferredUnlinks(FileSystem fileSystem, PathNodes nodes, Executor later) {
        this.fileSystem = fileSystem;
        this.nodes = nodes;
        this.later = later;
    }

    /** {@code name}, which leads to {@code ino}, is to be unlinked. */
    void defer(EntryName name, long ino) {
        lock.lock();
        try {
            waiting.put(name, ino);
            any = true;
        } finally {
            lock.unlock();
        }
        later.execute(this::settle);
    }

    /** A rename over {@code name} begins, which makes a waiting unlink of it unnecessary. */
    void claim(EntryName name) {
        if (!any) {
            return;
        }
        lock.lock();
        try {
            waiting.remove(name);
        } finally {
            lock.unlock();
        }
    }

    /** Does what waits; returns when all that was deferred before is done. */
    void settle() {
        if (!any) {
            return;
        }
        lock.lock();
        try {
            waiting.forEach(this::unlink);
            waiting.clear();
            any = false;
        } finally {
            lock.unlock();
        }
    }

    private void unlink(EntryName name, long ino) {
        try {
            PathNodes.Node node = nodes.pinFresh(name).node();
            nodes.unpin(node);
            if (node.ino() == ino) { // else somebody else's by now
                fileSystem.unlink(name.parent(), name.name());
            }
        } catch (FsException e) {
            if (e.errno() != Errno.ENOENT) {
                log.error("'{}' was to be unlinked and stays: {}", name.name(), e.getMessage());
            }
        } catch (RuntimeException e) {
            log.error("'{}' was to be unlinked and stays", name.name(), e);
        } finally {
            nodes.drop(name);
        }
    }
}
