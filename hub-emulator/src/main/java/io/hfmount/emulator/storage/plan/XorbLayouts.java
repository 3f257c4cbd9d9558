package io.hfmount.emulator.storage.plan;

import io.hfmount.model.ContentHash;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds the layouts of stored xorbs. May read a disk, so never call it on an event loop. */
@FunctionalInterface
public interface XorbLayouts {
    /**
     * The layout of {@code xorb}, or null if it is not stored.
     *
     * @throws IOException if the stored object cannot be read or is damaged
     */
    @Nullable
    XorbLayout find(ContentHash xorb) throws IOException;

    /**
     * The layout of a xorb that a registered file refers to.
     *
     * @throws IOException also when it is missing, which means that the storage directory is damaged
     */
    default XorbLayout require(ContentHash xorb) throws IOException {
        XorbLayout layout = find(xorb);
        if (layout == null) {
            throw new IOException("xorb " + xorb + " is referred to by a registered file but is not stored");
        }
        return layout;
    }

    /**
     * The same layouts, each asked for at most once: one answer reads a footer once however many segments refer to it
     * (xet-protocol §18). The result is for one thread.
     */
    default XorbLayouts remembering() {
        Map<ContentHash, @Nullable XorbLayout> seen = new HashMap<>();
        return xorb -> {
            try {
                return seen.computeIfAbsent(xorb, x -> {
                    try {
                        return find(x);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
            } catch (UncheckedIOException e) {
                throw e.getCause() == null ? new IOException(e) : e.getCause();
            }
        };
    }
}
