package io.hfmount.emulator.repo;

/**
 * A file of a commit.
 *
 * @param path full path
 * @param content where its bytes are
 * @param changedIn id of the commit that last changed it
 */
public record RepoFile(String path, RepoContent content, String changedIn) {}
