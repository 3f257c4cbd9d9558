package io.hfmount.hub;

/** One line of a repo's tree. */
public sealed interface RepoEntry {
    /** Full path from the repo's root. */
    String path();

    /** A directory: something exists below it. */
    record Directory(String path) implements RepoEntry {}

    /** A file. */
    record File(RepoFile file) implements RepoEntry {
        @Override
        public String path() {
            return file.path();
        }
    }
}
