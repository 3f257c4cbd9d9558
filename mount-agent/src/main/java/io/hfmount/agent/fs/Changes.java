package io.hfmount.agent.fs;

import io.hfmount.agent.vfs.KernelCache;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Kernel invalidations collected under the table's lock and sent after its release (H-41). One thread, one operation.
 */
final class Changes {
    private final List<Consumer<KernelCache>> pending = new ArrayList<>(4);

    /** Content or attributes changed from outside: pages only if nobody has it open (H-42). */
    void content(Inode inode) {
        long ino = inode.ino;
        if (inode.openHandles.get() > 0) {
            pending.add(kernel -> kernel.invalidateAttributes(ino));
        } else {
            pending.add(kernel -> kernel.invalidatePages(ino));
        }
    }

    /** Attributes of a directory or file changed from outside. */
    void attributes(Inode inode) {
        long ino = inode.ino;
        pending.add(kernel -> kernel.invalidateAttributes(ino));
    }

    /** A name appeared, vanished or means something else. */
    void entry(Inode parent, String name) {
        long ino = parent.ino;
        pending.add(kernel -> kernel.invalidateEntry(ino, name));
    }

    /** Sends everything; call with no lock held. */
    void send(Supplier<KernelCache> kernel) {
        if (!pending.isEmpty()) {
            KernelCache cache = kernel.get();
            pending.forEach(p -> p.accept(cache));
            pending.clear();
        }
    }

    boolean isEmpty() {
        return pending.isEmpty();
    }
}
