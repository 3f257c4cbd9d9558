package io.hfmount.agent.vfs;

/**
 * What the file system may ask of the kernel's caches. Calls queue the work and return at once; the transport sends
 * from a thread of its own, never from one that serves requests (H-41, H-42). After the mount began to end all calls
 * are ignored (H-42d). Callers hold no lock.
 */
public interface KernelCache {
    /** Drops attributes and cached pages of an inode that nobody has open. */
    void invalidatePages(long ino);

    /** Drops attributes only; never waits for page locks, right for open inodes. */
    void invalidateAttributes(long ino);

    /** Drops the cached answer for a name. */
    void invalidateEntry(long parent, String name);

    /** For file systems without a kernel. */
    KernelCache NONE = new KernelCache() {
        @Override
        public void invalidatePages(long ino) {}

        @Override
        public void invalidateAttributes(long ino) {}

        @Override
        public void invalidateEntry(long parent, String name) {}
    };
}
