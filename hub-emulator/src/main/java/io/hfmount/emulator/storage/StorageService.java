package io.hfmount.emulator.storage;

import io.hfmount.emulator.auth.StorageAuth;
import io.hfmount.emulator.http.Router;
import io.hfmount.emulator.storage.content.FileContent;
import io.hfmount.emulator.storage.disk.DedupIndex;
import io.hfmount.emulator.storage.disk.FileStore;
import io.hfmount.emulator.storage.disk.StorageDirectory;
import io.hfmount.emulator.storage.disk.XorbStore;
import io.hfmount.emulator.storage.http.StorageEndpoints;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.netty.buffer.ByteBuf;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import reactor.core.publisher.Flux;

/**
 * The storage service over one directory: everything it acknowledges is on disk and survives a restart.
 *
 * <p>Thread-safe. {@link #close()} waits for running work; requests that come later fail.
 */
public final class StorageService implements StorageRoutes, StoredFiles, Closeable {
    private final StorageDirectory directory;
    private final DiskThreads threads;
    private final StorageEndpoints endpoints;
    private final FileStore files;
    private final FileContent content;

    private StorageService(StorageDirectory directory, StorageAuth auth, StorageSettings settings) {
        this.directory = directory;
        this.threads = new DiskThreads(settings.threads());
        XorbStore xorbs = new XorbStore(directory);
        this.files = new FileStore(directory);
        this.content = new FileContent(files, xorbs, threads.scheduler());
        this.endpoints = new StorageEndpoints(
                directory,
                xorbs,
                files,
                new DedupIndex(directory, xorbs),
                auth,
                threads.scheduler(),
                new StorageEndpoints.Options(
                        settings.windows() == WindowMode.ALIGNED,
                        settings.dedupKey(),
                        settings.dedupLife(),
                        settings.dataUrlLife(),
                        settings.maxXorbBytes(),
                        settings.maxShardBytes(),
                        settings.shardGrace(),
                        settings.shardHeartbeat()));
    }

    /**
     * Opens or creates a storage directory and locks it.
     *
     * @param root its own directory, shared with nothing else
     * @param auth checks storage tokens and signs data addresses
     * @throws IOException if it cannot be created or another server has it open
     */
    public static StorageService open(Path root, StorageAuth auth, StorageSettings settings) throws IOException {
        return new StorageService(StorageDirectory.open(root), auth, settings);
    }

    @Override
    public void register(Router router) {
        endpoints.register(router);
    }

    @Override
    public OptionalLong sizeOf(ContentHash file) {
        try {
            return content.sizeOf(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Optional<ContentHash> withSha256(ContentHash sha256) {
        try {
            return Optional.ofNullable(files.findBySha256(sha256));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Flux<ByteBuf> stream(ContentHash file, ByteRange range) {
        return content.stream(file, range);
    }

    /** Ends the work threads after their current work and gives the directory back. */
    @Override
    public void close() throws IOException {
        threads.close();
        directory.close();
    }
}
