package io.hfmount.emulator.bucket;

import io.hfmount.model.PathOrder;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A bucket in memory. Guarded by the store's locks. */
final class Bucket {
    private final NavigableMap<String, BucketFile> files = new TreeMap<>(PathOrder.INSTANCE);
    private final String region;
    private final long createdAt;
    private boolean isPrivate;
    private long updatedAt;
    private long size;

    Bucket(boolean isPrivate, String region, long createdAt) {
        this.isPrivate = isPrivate;
        this.region = region;
        this.createdAt = createdAt;
        this.updatedAt = createdAt;
    }

    void apply(Mutation.Apply batch) {
        for (FileChange change : batch.changes()) {
            BucketFile before = switch (change) {
                case FileChange.Put(BucketFile file) -> {
                    size += file.size();
                    yield files.put(file.path(), file);
                }
                case FileChange.Remove(String path) -> files.remove(path);
            };
            size -= before == null ? 0 : before.size();
        }
        touch(batch.at());
    }

    void setPrivate(boolean isPrivate) {
        this.isPrivate = isPrivate;
    }

    void touch(long at) {
        updatedAt = at;
    }

    @Nullable
    BucketFile file(String path) {
        return files.get(path);
    }

    /** The files by key order, read-only, live. */
    NavigableMap<String, BucketFile> files() {
        return Collections.unmodifiableNavigableMap(files);
    }

    BucketFacts facts(String id) {
        return new BucketFacts(id, isPrivate, region, createdAt, updatedAt, size, files.size());
    }

    void checkInvariants() {
        long sum = 0;
        for (BucketFile file : files.values()) {
            sum += file.size();
        }
        if (sum != size) {
            throw new AssertionError("the files sum to " + sum + " bytes, not " + size);
        }
        if (updatedAt < createdAt) {
            throw new AssertionError("updated before it was created");
        }
    }
}
