package io.hfmount.emulator.hub;

import io.hfmount.emulator.bucket.BucketFile;
import io.hfmount.emulator.bucket.FileChange;
import io.hfmount.emulator.hub.wire.Times;
import io.hfmount.emulator.storage.StoredFiles;
import io.hfmount.model.ContentHash;
import io.hfmount.model.RemotePath;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides each operation of a batch for itself (hub-api §2.7). Sizes are storage's, never the caller's. Confined to one
 * batch.
 */
final class BatchCheck {
    /** Longest path in UTF-8 bytes. */
    static final int MAX_PATH = 4096;

    private static final int MAX_CONTENT_TYPE = 255;

    private final StoredFiles storage;
    private final Predicate<BatchOperation.Source> isReadable;
    private final Map<ContentHash, OptionalLong> sizes = new HashMap<>();
    private final Map<BatchOperation.Source, Boolean> readable = new HashMap<>();
    private final List<FileChange> changes = new ArrayList<>();
    private final List<BatchOutcome.Failure> failures = new ArrayList<>();

    /** Says why an operation is refused. */
    private static final class Refusal extends Exception {
        private static final long serialVersionUID = 1L;

        Refusal(String message) {
            super(message, null, false, false);
        }
    }

    /**
     * Prepares a check.
     *
     * @param storage tells registered files
     * @param isReadable whether the caller may copy from a source
     */
    BatchCheck(StoredFiles storage, Predicate<BatchOperation.Source> isReadable) {
        this.storage = storage;
        this.isReadable = isReadable;
    }

    /** Checks all operations; blocks for storage. */
    void check(List<BatchOperation> operations) {
        for (BatchOperation operation : operations) {
            try {
                requirePath(operation.path());
                changes.add(
                        switch (operation) {
                            case BatchOperation.Put put -> put(put);
                            case BatchOperation.Delete(String path) -> new FileChange.Remove(path);
                        });
            } catch (Refusal e) {
                failures.add(new BatchOutcome.Failure(operation.path(), String.valueOf(e.getMessage())));
            }
        }
    }

    /** What the accepted operations do, in order. */
    List<FileChange> changes() {
        return changes;
    }

    /** The refused operations, in order. */
    List<BatchOutcome.Failure> failures() {
        return failures;
    }

    private FileChange put(BatchOperation.Put put) throws Refusal {
        BatchOperation.Source source = put.source();
        if (source != null && !readable.computeIfAbsent(source, isReadable::test)) {
            throw new Refusal("the source " + source.type() + " " + source.id() + " was not found");
        }
        ContentHash hash = hash(put.xetHash());
        OptionalLong size = hash.isZero() ? OptionalLong.of(0) : sizes.computeIfAbsent(hash, storage::sizeOf);
        if (size.isEmpty()) {
            throw new Refusal("xet file " + hash.text() + " was not found in storage");
        }
        requireMtime(put.mtime());
        requireContentType(put.contentType());
        return new FileChange.Put(
                new BucketFile(put.path(), hash, size.getAsLong(), put.mtime(), put.contentType(), 0));
    }

    private static ContentHash hash(String text) throws Refusal {
        if (!text.equals(text.toLowerCase(Locale.ROOT))) {
            throw new Refusal("xetHash must be in lower case");
        }
        try {
            return ContentHash.parse(text);
        } catch (IllegalArgumentException e) {
            throw new Refusal("xetHash: " + e.getMessage());
        }
    }

    private static void requirePath(String path) throws Refusal {
        if (!RemotePath.isValid(path)) {
            throw new Refusal("a path has no empty, '.' or '..' segment and no slash at its ends");
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(path)) {
            throw new Refusal("the path cannot be written in UTF-8");
        }
        if (RemotePath.utf8Length(path) > MAX_PATH) {
            throw new Refusal("the path is longer than " + MAX_PATH + " bytes");
        }
    }

    private static void requireMtime(@Nullable Long mtime) throws Refusal {
        if (mtime != null && (mtime < Times.MIN || mtime > Times.MAX)) {
            throw new Refusal("mtime must lie in the years 1 to 9999");
        }
    }

    private static void requireContentType(@Nullable String contentType) throws Refusal {
        if (contentType != null
                && (contentType.isBlank()
                        || contentType.length() > MAX_CONTENT_TYPE
                        || !contentType.chars().allMatch(c -> c >= 0x20 && c < 0x7f))) {
            throw new Refusal("contentType must be a line of at most " + MAX_CONTENT_TYPE + " ASCII characters");
        }
    }
}
