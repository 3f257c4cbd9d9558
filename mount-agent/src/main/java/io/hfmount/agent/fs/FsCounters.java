package io.hfmount.agent.fs;

/**
 * Sizes of the file system's state at one moment.
 *
 * @param inodes known inodes
 * @param openFiles open file handles
 * @param dirtyGenerations changes counted since the mount began
 * @param stagingBytes bytes in staging files and before-images
 */
public record FsCounters(int inodes, int openFiles, long dirtyGenerations, long stagingBytes) {}
