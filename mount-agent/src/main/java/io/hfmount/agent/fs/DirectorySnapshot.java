package io.hfmount.agent.fs;

import java.util.List;

/**
 * The entries of one open directory at the time of opening, so that positions survive changes (H-70). Immutable.
 *
 * @param inode the directory
 * @param entries its children; position {@code i} has cookie {@code i + 3}, after {@code .} and {@code ..}
 */
record DirectorySnapshot(Inode inode, List<Entry> entries) {
    /** A name and what it stood for. */
    record Entry(String name, Inode inode) {}
}
