package io.hfmount.xet.compress;

import org.jspecify.annotations.Nullable;

/** How the payload of a chunk record is stored. */
public enum Scheme {
    /** The chunk itself. */
    NONE(0),
    /** An LZ4 frame. */
    LZ4(1),
    /** An LZ4 frame over the {@linkplain ByteGrouping grouped} bytes. */
    BYTE_GROUPED_LZ4(2);

    private final int code;

    Scheme(int code) {
        this.code = code;
    }

    /** The number that stands in a chunk record. */
    public int code() {
        return code;
    }

    /** The scheme with this number, or null when there is none. */
    public static @Nullable Scheme ofCode(int code) {
        return switch (code) {
            case 0 -> NONE;
            case 1 -> LZ4;
            case 2 -> BYTE_GROUPED_LZ4;
            default -> null;
        };
    }
}
