package io.hfmount.model;

/**
 * What can be mounted: a bucket ({@link BucketSource}) or a repo at a revision ({@link RepoSource}), optionally
 * restricted to a path inside it. Immutable; its text form is one that {@link #parse} reads as an equal value.
 */
public sealed interface Source permits BucketSource, RepoSource {
    /** What every source starts with. */
    String SCHEME = "hf://";

    /** What the forms look like, for messages. */
    String FORMS = "hf://buckets/OWNER/NAME[/path] or hf://[datasets/|spaces/]OWNER/NAME[@revision][/path]";

    /** The Hub's id: {@code OWNER/NAME}, or {@code NAME} alone for a repo without an owner. */
    String id();

    /** Path all names are relative to, without a slash at either end; empty for everything. */
    String prefix();

    /**
     * Parses {@code hf://buckets/…} as a bucket and any other {@code hf://…} as a repo; trailing slashes are cut.
     *
     * @throws IllegalArgumentException with a sentence that says what is expected
     */
    static Source parse(String text) {
        return text.startsWith(BucketSource.START) ? BucketSource.parse(text) : RepoSource.parse(text);
    }
}
