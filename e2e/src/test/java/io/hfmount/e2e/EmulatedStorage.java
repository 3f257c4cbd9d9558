package io.hfmount.e2e;

import io.hfmount.hub.StorageToken;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.ContentSource;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.cas.HttpStorageClient;
import io.hfmount.xet.cas.StorageAccess;
import io.hfmount.xet.cas.StorageObserver;
import io.hfmount.xet.cas.StorageSettings;
import io.hfmount.xet.store.XetContentStore;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Uploads to the storage service of an embedded Hub by our own client; shards carry digests, as repos need them. */
final class EmulatedStorage implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final HttpStorageClient client;
    private final XetContentStore store;

    EmulatedStorage(Supplier<Mono<StorageToken>> writeTokens) {
        this.client = new HttpStorageClient(
                () -> writeTokens.get().map(t -> new StorageAccess(t.url(), t.token(), t.expiresAt())),
                StorageSettings.defaults(),
                Schedulers.boundedElastic(),
                StorageObserver.NONE);
        XetContentStore.Settings settings = XetContentStore.Settings.defaults();
        this.store = new XetContentStore(
                client, settings.withUpload(settings.upload().withSha256(true)), StorageObserver.NONE);
    }

    ContentHash upload(byte[] content) {
        UploadSession session = store.newUploadSession();
        UploadedContent uploaded = session.add(new ContentSource() {
                    @Override
                    public long size() {
                        return content.length;
                    }

                    @Override
                    public int read(long position, ByteBuffer target) {
                        int count = (int) Math.min(target.remaining(), content.length - position);
                        target.put(content, (int) position, count);
                        return count;
                    }
                })
                .block(LIMIT);
        session.finish().block(LIMIT);
        return uploaded.hash();
    }

    /** Whether a file of this hash is registered. */
    boolean knows(ContentHash file) {
        return Boolean.TRUE.equals(client.fileSize(file)
                .map(_ -> true)
                .onErrorResume(
                        e -> e instanceof StorageException known && known.kind() == StorageException.Kind.NOT_FOUND,
                        _ -> Mono.just(false))
                .block(LIMIT));
    }

    @Override
    public void close() {
        store.close();
        client.close();
    }
}
