package io.hfmount.xet.merkle;

import java.util.List;

/**
 * Where, inside a list of nodes of one level, a group must begin whatever the neighbours are (xet-protocol §5.3).
 * Thread-safe.
 */
final class StablePoints {
    private static final int LEAST_GAP = 3;
    private static final int GREATEST_GAP = 7;

    private StablePoints() {}

    /** The first such point, or -1. */
    static int start(List<Node> nodes) {
        int middle = -1;
        boolean validBefore = false;
        for (int i = 0; i < nodes.size(); i++) {
            if (!nodes.get(i).isNaturalCut()) {
                continue;
            }
            boolean valid = middle >= 0 && isValid(i - middle);
            if (valid && validBefore) {
                return middle + 1;
            }
            validBefore = valid;
            middle = i;
        }
        return -1;
    }

    /** The last such point, or -1. */
    static int end(List<Node> nodes) {
        int middle = -1;
        boolean validAfter = false;
        for (int i = nodes.size() - 1; i >= 0; i--) {
            if (!nodes.get(i).isNaturalCut()) {
                continue;
            }
            boolean valid = middle >= 0 && isValid(middle - i);
            if (valid && validAfter) {
                return middle + 1;
            }
            validAfter = valid;
            middle = i;
        }
        return -1;
    }

    private static boolean isValid(int gap) {
        return gap >= LEAST_GAP && gap <= GREATEST_GAP;
    }
}
