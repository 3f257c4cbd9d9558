package io.hfmount.emulator.hub;

import org.jspecify.annotations.Nullable;

/** One line of a batch as it was sent; nothing of it is checked but its shape. */
sealed interface BatchOperation {
    /** The path it is about. */
    String path();

    /**
     * A file from storage at a path; {@code source} is null for {@code addFile}.
     *
     * @param xetHash text of a hash
     * @param mtime milliseconds since 1970, or null
     * @param contentType or null
     * @param source where a {@code copyFile} comes from, or null
     */
    record Put(
            String path,
            String xetHash,
            @Nullable Long mtime,
            @Nullable String contentType,
            @Nullable Source source) implements BatchOperation {}

    /** No file at a path. */
    record Delete(String path) implements BatchOperation {}

    /**
     * The source of a copy.
     *
     * @param type {@code bucket}, {@code model}, {@code dataset} or {@code space}
     * @param id {@code OWNER/NAME}
     */
    record Source(String type, String id) {}
}
