package io.hfmount.agent.vfs;

/**
 * What statfs shows.
 *
 * @param blockSize unit of the block counts, in bytes
 * @param blocks total
 * @param blocksFree free
 * @param files inodes in all
 * @param filesFree inodes free
 * @param nameMax longest name in bytes
 */
public record FsStatistics(int blockSize, long blocks, long blocksFree, long files, long filesFree, int nameMax) {}
