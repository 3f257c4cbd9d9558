package io.hfmount.xet.upload;

import io.hfmount.xet.StorageException;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.testing.ArraySource;
import io.hfmount.xet.testing.FaultyStorage;
import io.hfmount.xet.testing.MemoryStorage;
import io.hfmount.xet.vectors.VectorInput;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import reactor.core.publisher.Mono;

/** Uploaders over strict storage in memory, with threads of their own and a clock that stands. */
abstract class UploadSessions {
    static final Duration WAIT = Duration.ofSeconds(60);
    static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    final MemoryStorage storage = new MemoryStorage();
    final FaultyStorage faulty = new FaultyStorage(storage);
    final AtomicReference<Instant> now = new AtomicReference<>(NOW);
    final UploadSettings small =
            UploadSettings.defaults().withXorbLimits(1 << 20, 8192).withMemory(8 << 20, 256 << 10);

    private final ExecutorService executor = Executors.newFixedThreadPool(4);

    @AfterEach
    void stop() {
        executor.shutdown();
    }

    final Uploader uploader(UploadSettings settings) {
        return uploader(settings, RememberedChunks.NONE);
    }

    final Uploader uploader(UploadSettings settings, RememberedChunks remembered) {
        return new Uploader(faulty, settings, executor, UploadListener.NONE, remembered, now::get);
    }

    static byte[] random(int seed, int length) {
        return VectorInput.random(seed, length);
    }

    static UploadedContent add(UploadSession session, byte[] content) {
        return session.add(ArraySource.of(content)).block(WAIT);
    }

    static UploadedContent upload(Uploader uploader, byte[] content) {
        UploadSession session = uploader.newSession();
        UploadedContent uploaded = add(session, content);
        session.finish().block(WAIT);
        return uploaded;
    }

    static StorageException failure(Mono<?> call) {
        try {
            call.block(WAIT);
        } catch (StorageException e) {
            return e;
        }
        throw new AssertionError("expected a failure");
    }

    static StorageException broken() {
        return new StorageException(StorageException.Kind.UNAVAILABLE, "broken");
    }
}
