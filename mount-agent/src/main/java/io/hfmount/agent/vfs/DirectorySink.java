package io.hfmount.agent.vfs;

import org.jspecify.annotations.Nullable;

/** Receives directory entries until the reply is full. */
@FunctionalInterface
public interface DirectorySink {
    /**
     * Offers one entry.
     *
     * @param name entry name
     * @param ino inode number
     * @param kind what it is
     * @param nextCookie position behind this entry, to continue from
     * @param attributes for readdirplus, else null. An accepted entry with attributes counts as one lookup, except
     *     {@code .} and {@code ..}
     * @return false when the entry did not fit; it was not taken and no further entry is wanted
     */
    boolean offer(String name, long ino, FileKind kind, long nextCookie, @Nullable Attributes attributes);
}
