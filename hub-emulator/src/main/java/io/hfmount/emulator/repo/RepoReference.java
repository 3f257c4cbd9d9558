package io.hfmount.emulator.repo;

/**
 * A name of a commit.
 *
 * @param name full, as {@code refs/heads/main}, {@code refs/tags/v1}, {@code refs/pr/1}, {@code refs/convert/parquet}
 * @param commit its id
 */
public record RepoReference(String name, String commit) {
    /** Where branches are. */
    public static final String BRANCHES = "refs/heads/";

    /** Where tags are. */
    public static final String TAGS = "refs/tags/";

    /** Where pull requests are. */
    public static final String PULLS = "refs/pr/";

    /** Where conversions are. */
    public static final String CONVERTS = "refs/convert/";
}
