package io.hfmount.agent.vfs;

/**
 * A created and opened file.
 *
 * @param attributes of the new inode; counts as one lookup
 * @param open its handle
 */
public record CreateResult(Attributes attributes, OpenResult open) {}
