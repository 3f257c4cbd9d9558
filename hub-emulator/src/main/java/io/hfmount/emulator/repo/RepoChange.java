package io.hfmount.emulator.repo;

/** What a commit does to one path. */
public sealed interface RepoChange {
    /** The path. */
    String path();

    /** A file is added or replaced. */
    record Put(String path, RepoContent content) implements RepoChange {}

    /** A file is removed. */
    record Remove(String path) implements RepoChange {}
}
