package io.hfmount.agent.fs;

import org.jspecify.annotations.Nullable;

/**
 * How the bytes of one publication travel (mount-semantics §3.3). Decided once, when the file is sealed; upload, batching
 * and reports follow this value and never decide again (H-23).
 */
public enum UploadRoute {
    /** The whole file is read from the seal. */
    FULL,
    /** Only what differs from the base is read from the seal; the rest is the base's. */
    RANGE,
    /** The file is the base as it is: nothing travels, and its hash is the base's. */
    UNCHANGED;

    /** Largest part of a file, as a divisor, that is worth composing when all of it is at hand. */
    private static final int FEW = 4;

    /**
     * The route of a file.
     *
     * @param edit its edit state, null when its staging is complete
     * @param size its size in bytes
     * @param baseIsKnown whether storage's plan of the base is at hand, so that composing on it fetches next to nothing
     */
    static UploadRoute of(@Nullable EditState edit, long size, boolean baseIsKnown) {
        if (edit == null) {
            return FULL;
        }
        if (edit.isUnchanged(size)) {
            return UNCHANGED;
        }
        if (!edit.isFullyCovered(size)) {
            return RANGE; // a full upload would publish holes
        }
        return baseIsKnown && edit.dirty().bytes() <= size / FEW ? RANGE : FULL;
    }
}
