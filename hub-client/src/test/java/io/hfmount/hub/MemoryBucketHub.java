package io.hfmount.hub;

import io.hfmount.model.ContentHash;
import io.hfmount.model.RemotePath;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A bucket in memory that is as strict as the Hub: content must be registered, adds come before deletes, paths must be
 * legal. Thread-safe. Answers come on the subscribing thread.
 */
public final class MemoryBucketHub implements BucketHub {
    private static final Instant CREATED = Instant.parse("2026-03-01T12:00:00Z");

    private final String id;
    private final Function<ContentHash, OptionalLong> storage;
    private final Map<ContentHash, Long> registered = new LinkedHashMap<>();
    private final NavigableMap<String, HubFile> files = new TreeMap<>();
    private final List<List<BatchOperation>> batches = new ArrayList<>();
    private long mutations;
    private long tokens;

    /** A bucket whose content is registered with {@link #register}. */
    public MemoryBucketHub(String id) {
        this(id, hash -> OptionalLong.empty());
    }

    /**
     * A bucket in front of a storage service.
     *
     * @param storage size of registered content, empty when it is not registered
     */
    public MemoryBucketHub(String id, Function<ContentHash, OptionalLong> storage) {
        this.id = id;
        this.storage = storage;
    }

    /** Makes content known, so that it can be added. */
    public synchronized void register(ContentHash hash, long size) {
        registered.put(hash, size);
    }

    /** Another client writes a file. */
    public synchronized void putRemotely(String path, ContentHash hash, long size, Instant mtime) {
        registered.put(hash, size);
        files.put(path, new HubFile(path, size, hash, mtime.truncatedTo(ChronoUnit.MILLIS)));
        mutations++;
    }

    /** Another client removes a file. */
    public synchronized void removeRemotely(String path) {
        if (files.remove(path) != null) {
            mutations++;
        }
    }

    /** The files now, by path. */
    public synchronized Map<String, HubFile> files() {
        return new TreeMap<>(files);
    }

    /** Every batch that was applied, oldest first. */
    public synchronized List<List<BatchOperation>> batches() {
        return List.copyOf(batches);
    }

    @Override
    public Mono<BucketInfo> info() {
        return Mono.fromSupplier(() -> {
            synchronized (this) {
                Instant updated = CREATED.plusMillis(mutations);
                return new BucketInfo(
                        id,
                        true,
                        updated.toString() + "#" + mutations,
                        updated,
                        files.values().stream().mapToLong(HubFile::size).sum(),
                        files.size());
            }
        });
    }

    @Override
    public Flux<HubEntry> list(String prefix, boolean recursive) {
        return Flux.defer(() -> Flux.fromIterable(entries(prefix, recursive)));
    }

    private synchronized List<HubEntry> entries(String prefix, boolean recursive) {
        if (!prefix.isEmpty()) {
            requireLegal(prefix);
        }
        List<HubEntry> entries = new ArrayList<>();
        TreeSet<String> directories = new TreeSet<>();
        for (HubFile file : files.values()) {
            if (!RemotePath.isBelow(file.path(), prefix)) {
                continue;
            }
            int slash = file.path().indexOf('/', prefix.isEmpty() ? 0 : prefix.length() + 1);
            if (recursive || slash < 0) {
                entries.add(new HubEntry.File(file));
            } else if (directories.add(file.path().substring(0, slash))) {
                entries.add(new HubEntry.Directory(file.path().substring(0, slash)));
            }
        }
        return entries;
    }

    @Override
    public Mono<HubFile> head(String path) {
        return Mono.defer(() -> {
            requireLegal(path);
            synchronized (this) {
                return Mono.justOrEmpty(files.get(path));
            }
        });
    }

    @Override
    public Mono<Map<String, HubFile>> pathsInfo(List<String> paths) {
        return Mono.fromSupplier(() -> {
            Map<String, HubFile> found = new TreeMap<>();
            synchronized (this) {
                for (String path : paths) {
                    requireLegal(path);
                    HubFile file = files.get(path);
                    if (file != null) {
                        found.put(path, file);
                    }
                }
            }
            return found;
        });
    }

    @Override
    public Mono<BatchResult> batch(List<BatchOperation> operations) {
        return Mono.fromSupplier(() -> apply(List.copyOf(operations)));
    }

    private synchronized BatchResult apply(List<BatchOperation> operations) {
        if (operations.isEmpty() || operations.size() > MAX_BATCH) {
            throw new IllegalArgumentException("a batch holds 1 to " + MAX_BATCH + " operations");
        }
        boolean deletes = false;
        for (BatchOperation operation : operations) {
            requireLegal(operation.path());
            if (deletes && operation instanceof BatchOperation.AddFile) {
                throw new IllegalArgumentException("in a batch all adds come before any delete (H-55)");
            }
            deletes |= operation instanceof BatchOperation.DeleteFile;
        }
        Map<String, String> failures = new LinkedHashMap<>();
        for (BatchOperation operation : operations) {
            switch (operation) {
                case BatchOperation.AddFile add -> {
                    Long size = size(add.hash());
                    if (size == null) {
                        failures.put(add.path(), "xet file " + add.hash() + " was not found in storage");
                    } else {
                        Instant mtime = add.mtime().truncatedTo(ChronoUnit.MILLIS);
                        files.put(add.path(), new HubFile(add.path(), size, add.hash(), mtime));
                        mutations++;
                    }
                }
                case BatchOperation.DeleteFile delete -> {
                    if (files.remove(delete.path()) != null) {
                        mutations++;
                    }
                }
            }
        }
        batches.add(operations);
        return new BatchResult(failures);
    }

    private @Nullable Long size(ContentHash hash) {
        if (hash.isZero()) {
            return 0L;
        }
        Long known = registered.get(hash);
        if (known != null) {
            return known;
        }
        OptionalLong stored = storage.apply(hash);
        return stored.isPresent() ? stored.getAsLong() : null;
    }

    @Override
    public Mono<StorageToken> storageToken(boolean write) {
        return Mono.fromSupplier(() -> {
            synchronized (this) {
                tokens++;
                return new StorageToken(
                        "http://127.0.0.1:1", (write ? "write-" : "read-") + tokens, Instant.MAX.minusSeconds(1));
            }
        });
    }

    private static void requireLegal(String path) {
        if (!RemotePath.isValid(path)) {
            throw new IllegalArgumentException("not a path in a bucket: it has an empty, '.' or '..' segment");
        }
    }
}
