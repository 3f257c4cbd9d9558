package io.hfmount.model;

import java.util.Comparator;

/** The order of keys by their UTF-8 bytes, which is the order of code points, not of {@code char}s. */
public final class PathOrder implements Comparator<String> {
    /** The one instance; it has no state. */
    public static final PathOrder INSTANCE = new PathOrder();

    private PathOrder() {}

    @Override
    public int compare(String a, String b) {
        int shorter = Math.min(a.length(), b.length());
        for (int i = 0; i < shorter; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                boolean xHigh = Character.isSurrogate(x);
                boolean yHigh = Character.isSurrogate(y);
                // a surrogate stands for a code point above every char that is none
                return xHigh == yHigh ? Character.compare(x, y) : xHigh ? 1 : -1;
            }
        }
        return Integer.compare(a.length(), b.length());
    }
}
