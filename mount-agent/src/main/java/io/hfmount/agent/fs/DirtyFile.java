package io.hfmount.agent.fs;

import java.time.Instant;

/**
 * A file with changes that the Hub does not have. Immutable.
 *
 * @param ino inode number
 * @param path mount-relative path at the time of asking
 * @param size bytes
 * @param generation dirty generation: how many changes wait
 * @param dirtySince when the oldest of them was made
 * @param lastChange when the newest of them was made
 * @param openForWrite whether a writable handle is open
 */
public record DirtyFile(
        long ino,
        String path,
        long size,
        long generation,
        Instant dirtySince,
        Instant lastChange,
        boolean openForWrite) {}
