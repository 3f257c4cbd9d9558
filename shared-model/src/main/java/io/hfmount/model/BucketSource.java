package io.hfmount.model;

import java.util.regex.Pattern;

/**
 * A bucket, optionally restricted to a path prefix: {@code hf://buckets/OWNER/NAME[/path]}. Immutable.
 *
 * @param owner namespace, letters, digits and {@code -_.}
 * @param name bucket name, same alphabet
 * @param prefix path all names are relative to, empty for the whole bucket
 */
public record BucketSource(String owner, String name, String prefix) implements Source {
    static final String START = SCHEME + "buckets/";

    private static final Pattern SEGMENT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,95}");

    public BucketSource {
        if (!SEGMENT.matcher(owner).matches() || !SEGMENT.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "owner and name use letters, digits and -_. and have at most 96 characters");
        }
        SourceText.checkPrefix(prefix);
    }

    /**
     * Parses {@code hf://buckets/OWNER/NAME[/path]}; trailing slashes are cut.
     *
     * @throws IllegalArgumentException with a sentence that says what is expected
     */
    public static BucketSource parse(String text) {
        String rest = SourceText.after(START, text);
        String[] parts = rest.split("/", 3);
        if (parts.length < 2) {
            throw new IllegalArgumentException("a source looks like " + FORMS);
        }
        return new BucketSource(parts[0], parts[1], parts.length == 3 ? parts[2] : "");
    }

    @Override
    public String id() {
        return owner + "/" + name;
    }

    @Override
    public String toString() {
        return START + id() + (prefix.isEmpty() ? "" : "/" + prefix);
    }
}
