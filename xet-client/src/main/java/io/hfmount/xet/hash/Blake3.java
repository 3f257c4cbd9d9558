package io.hfmount.xet.hash;

import io.hfmount.model.ContentHash;
import java.util.concurrent.CompletableFuture;

/** Keyed BLAKE3 with 32 bytes of output, in one call. Thread-safe. */
public final class Blake3 {
    /** Length of a key in bytes. */
    public static final int KEY_BYTES = 32;

    private Blake3() {}

    /**
     * Chooses the kernel, logs which, and begins to prepare it in the background; else the first hasher does. Until it is
     * prepared hashers work at the speed of plain Java.
     *
     * @return done when hashers use what will stay; never fails
     */
    public static CompletableFuture<Void> prepare() {
        return KernelSelection.settled();
    }

    /**
     * The keyed hash of {@code data[off..off+len)}.
     *
     * @param key32 exactly 32 bytes
     * @throws IllegalArgumentException if the key has another length
     * @throws IndexOutOfBoundsException if the range is not inside {@code data}
     */
    public static ContentHash keyed(byte[] key32, byte[] data, int off, int len) {
        return new Blake3Hasher(key32).hash(data, off, len);
    }
}
