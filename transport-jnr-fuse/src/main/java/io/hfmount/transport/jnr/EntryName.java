package io.hfmount.transport.jnr;

/**
 * A name in a directory.
 *
 * @param parent inode of the directory
 * @param name one path segment
 */
record EntryName(long parent, String name) {
    private static final String HIDDEN = ".fuse_hidden";
    private static final int HIDDEN_DIGITS = 16;

    /**
     * Whether libfuse makes such names for open files that were unlinked ({@code .fuse_hidden} and 16 hex digits). They
     * belong to the library: the file system never hears of them.
     */
    boolean isPrivate() {
        return isPrivate(name);
    }

    static boolean isPrivate(String name) {
        if (name.length() != HIDDEN.length() + HIDDEN_DIGITS || !name.startsWith(HIDDEN)) {
            return false;
        }
        for (int i = HIDDEN.length(); i < name.length(); i++) {
            char c = name.charAt(i);
            if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
                return false;
            }
        }
        return true;
    }
}
