package io.hfmount.agent.remote;

import io.hfmount.hub.BatchOperation;
import io.hfmount.hub.BatchResult;
import io.hfmount.hub.BucketHub;
import io.hfmount.hub.BucketInfo;
import io.hfmount.hub.HubEntry;
import io.hfmount.hub.HubFile;
import io.hfmount.hub.StorageToken;
import io.hfmount.model.RemotePath;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A bucket seen from a source's prefix: every path going in or out is relative to the prefix, and nothing outside it
 * can be named. With an empty prefix paths are the bucket's own. Facts on the bucket (revision, size, number of files)
 * stay those of the whole bucket. Thread-safe as the hub behind it; errors are the hub's.
 */
public final class SourceHub implements BucketHub {
    private final BucketHub bucket;
    private final String prefix;

    /**
     * @param bucket the whole bucket
     * @param prefix path of the source inside it, empty for all of it
     */
    public SourceHub(BucketHub bucket, String prefix) {
        if (!prefix.isEmpty() && !RemotePath.isValid(prefix)) {
            throw new IllegalArgumentException("the prefix of a source has no empty, '.' or '..' segment");
        }
        this.bucket = bucket;
        this.prefix = prefix;
    }

    @Override
    public Mono<BucketInfo> info() {
        return bucket.info();
    }

    @Override
    public Flux<HubEntry> list(String directory, boolean recursive) {
        String whole = directory.isEmpty() ? prefix : outward(directory);
        return bucket.list(whole, recursive)
                .filter(entry -> RemotePath.isBelow(entry.path(), whole))
                .map(this::inward);
    }

    @Override
    public Mono<HubFile> head(String path) {
        return bucket.head(outward(path)).map(this::inward);
    }

    @Override
    public Mono<Map<String, HubFile>> pathsInfo(List<String> paths) {
        return bucket.pathsInfo(paths.stream().map(this::outward).toList()).map(found -> {
            Map<String, HubFile> mapped = new HashMap<>();
            found.forEach((path, file) -> mapped.put(inward(path), inward(file)));
            return mapped;
        });
    }

    @Override
    public Mono<BatchResult> batch(List<BatchOperation> operations) {
        return bucket.batch(operations.stream().map(this::outward).toList()).map(result -> {
            Map<String, String> failures = new HashMap<>();
            result.failures().forEach((path, error) -> failures.put(inward(path), error));
            return new BatchResult(failures);
        });
    }

    @Override
    public Mono<StorageToken> storageToken(boolean write) {
        return bucket.storageToken(write);
    }

    private String outward(String path) {
        return RemotePath.join(prefix, path);
    }

    private BatchOperation outward(BatchOperation operation) {
        return switch (operation) {
            case BatchOperation.AddFile add -> new BatchOperation.AddFile(outward(add.path()), add.hash(), add.mtime());
            case BatchOperation.DeleteFile delete -> new BatchOperation.DeleteFile(outward(delete.path()));
        };
    }

    private String inward(String path) {
        return prefix.isEmpty() || !RemotePath.isBelow(path, prefix) ? path : path.substring(prefix.length() + 1);
    }

    private HubFile inward(HubFile file) {
        return new HubFile(inward(file.path()), file.size(), file.hash(), file.mtime());
    }

    private HubEntry inward(HubEntry entry) {
        return switch (entry) {
            case HubEntry.File file -> new HubEntry.File(inward(file.file()));
            case HubEntry.Directory directory -> new HubEntry.Directory(inward(directory.path()));
        };
    }
}
