package io.hfmount.transport.jnr;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The handles that libfuse holds, under numbers of our own: a handle's inode is known without its path, which an
 * unlinked file has no longer. Thread-safe.
 */
final class OpenFiles {
    private static final int CLOSED_REMEMBERED = 1024;

    /**
     * A file or directory handle.
     *
     * @param node pinned while the handle is open
     * @param handle the file system's
     * @param directory whether it is a directory's
     */
    record Open(PathNodes.Node node, long handle, boolean directory) {
        long ino() {
            return node.ino();
        }
    }

    /** Guarded by this. */
    private final Map<Long, Open> byNumber = new HashMap<>();
    /** File handles by inode. Guarded by this. */
    private final Map<Long, Integer> counts = new HashMap<>();
    /** Inodes closed last, oldest first. Guarded by this. */
    private final LinkedHashMap<Long, Boolean> closed = new LinkedHashMap<>();
    /** Guarded by this. */
    private long next = 1;

    /** Adds a handle; answers its number. */
    synchronized long add(Open open) {
        long number = next++;
        byNumber.put(number, open);
        if (!open.directory()) {
            counts.merge(open.ino(), 1, Integer::sum);
        }
        return number;
    }

    /** The handle with this number. */
    synchronized Open get(long number, boolean directory) throws FsException {
        Open open = byNumber.get(number);
        if (open == null || open.directory() != directory) {
            throw new FsException(Errno.EBADF, "no handle " + number);
        }
        return open;
    }

    /** Removes the handle, null when there is none. */
    @Nullable
    synchronized Open remove(long number) {
        Open open = byNumber.remove(number);
        if (open != null && !open.directory()) {
            long ino = open.ino();
            if (counts.merge(ino, -1, Integer::sum) == 0) {
                counts.remove(ino);
                closed.put(ino, true);
                if (closed.size() > CLOSED_REMEMBERED) {
                    closed.pollFirstEntry();
                }
            }
        }
        return open;
    }

    synchronized boolean isOpen(long ino) {
        return counts.containsKey(ino);
    }

    /**
     * Whether libfuse may take the file for open: it counts a handle as closed only some moments after it was released
     * here.
     */
    synchronized boolean mayBeOpen(long ino) {
        return counts.containsKey(ino) || closed.containsKey(ino);
    }

    /** Removes and answers all handles. */
    synchronized List<Open> removeAll() {
        List<Open> all = new ArrayList<>(byNumber.values());
        byNumber.clear();
        counts.clear();
        closed.clear();
        return all;
    }
}
