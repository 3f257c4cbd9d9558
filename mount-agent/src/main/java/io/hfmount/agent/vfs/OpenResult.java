package io.hfmount.agent.vfs;

/**
 * An open file.
 *
 * @param handle file handle, unique while open
 * @param directIo whether the kernel must bypass its page cache for this handle
 * @param keepCache whether the kernel may keep pages it has: only true when the content version is the one it cached
 */
public record OpenResult(long handle, boolean directIo, boolean keepCache) {}
