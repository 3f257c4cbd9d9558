package io.hfmount.model;

/** What the text forms of all sources share. */
final class SourceText {
    private SourceText() {}

    /**
     * What follows {@code start} in {@code text}, trailing slashes cut.
     *
     * @throws IllegalArgumentException if it does not start so
     */
    static String after(String start, String text) {
        if (!text.startsWith(start)) {
            throw new IllegalArgumentException("a source looks like " + Source.FORMS);
        }
        int end = text.length();
        while (end > start.length() && text.charAt(end - 1) == '/') {
            end--;
        }
        return text.substring(start.length(), end);
    }

    /** Refuses a path that no file inside a source can have. */
    static void checkPrefix(String prefix) {
        if (!prefix.isEmpty() && !RemotePath.isValid(prefix)) {
            throw new IllegalArgumentException("the path of a source has no empty, '.' or '..' segment");
        }
    }
}
