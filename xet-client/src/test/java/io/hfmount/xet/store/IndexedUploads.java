package io.hfmount.xet.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.cas.RetryPolicy;
import io.hfmount.xet.cas.StorageObserver;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.index.DiskChunkIndex;
import io.hfmount.xet.merkle.MerkleTree;
import io.hfmount.xet.shard.Segment;
import io.hfmount.xet.testing.ArraySource;
import io.hfmount.xet.testing.FaultyStorage;
import io.hfmount.xet.testing.MemoryStorage;
import io.hfmount.xet.upload.UploadSettings;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A store with an index on disk and no other memory over strict storage; each restart is another process. */
final class IndexedUploads implements AutoCloseable {
    static final Duration WAIT = Duration.ofSeconds(60);
    static final int INDEX_BYTES = 16 << 20;

    /** Xorbs of about 16 chunks; nothing is remembered in memory and storage is not asked. */
    static final UploadSettings SETTINGS = UploadSettings.defaults()
            .withXorbLimits(1 << 20, 8192)
            .withMemory(16 << 20, 512 << 10)
            .withDedup(false, 0);

    final MemoryStorage storage = new MemoryStorage();
    final FaultyStorage faulty = new FaultyStorage(storage);
    long indexedChunks;
    long indexedBytes;
    long sent;
    DiskChunkIndex index;
    XetContentStore store;

    private final Path folder;
    private final UploadSettings settings;

    IndexedUploads(Path folder, UploadSettings settings) throws IOException {
        this.folder = folder;
        this.settings = settings;
        open(INDEX_BYTES);
    }

    private void open(long indexBytes) throws IOException {
        index = DiskChunkIndex.open(folder, indexBytes);
        StorageObserver observer = new StorageObserver() {
            @Override
            public void reusedFromIndex(long chunks, long bytes) {
                indexedChunks += chunks;
                indexedBytes += bytes;
            }
        };
        store = new XetContentStore(
                faulty,
                index,
                XetContentStore.Settings.defaults()
                        .withUpload(settings)
                        .withRetry(new RetryPolicy(1, Duration.ofMillis(1), Duration.ofMillis(2))),
                observer);
    }

    void restart() throws IOException {
        restart(INDEX_BYTES);
    }

    void restart(long indexBytes) throws IOException {
        close();
        open(indexBytes);
    }

    /** Overwrites some bytes of the logs while nobody has them open. */
    void damage(Random random, int places) throws IOException {
        close();
        List<Path> logs;
        try (Stream<Path> files = Files.list(folder)) {
            logs = files.filter(file -> file.toString().endsWith(".log"))
                    .sorted()
                    .toList();
        }
        for (int i = 0; i < places; i++) {
            Path log = logs.get(random.nextInt(logs.size()));
            if (Files.size(log) > 0) {
                try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "rw")) {
                    file.seek(random.nextLong(file.length()));
                    file.write(random.nextInt(256));
                }
            }
        }
        open(INDEX_BYTES);
    }

    /** Uploads, and checks that the file is what a fresh upload would be and reads back. */
    UploadedContent upload(byte[] content) {
        UploadSession session = store.newUploadSession();
        UploadedContent uploaded = session.add(ArraySource.of(content)).block(WAIT);
        sent = session.finish().block(WAIT);
        assertIs(uploaded, content);
        return uploaded;
    }

    void assertIs(UploadedContent uploaded, byte[] content) {
        assertThat(uploaded.hash()).isEqualTo(MerkleTree.fileHash(Chunker.chunksOf(content)));
        assertThat(uploaded.size()).isEqualTo(content.length);
        assertThat(Arrays.equals(storage.content(uploaded.hash()), content))
                .as("content")
                .isTrue();
    }

    List<Segment> segments(UploadedContent file) {
        return storage.file(file.hash()).segments();
    }

    Set<ContentHash> xorbs(UploadedContent file) {
        return segments(file).stream().map(Segment::xorb).collect(Collectors.toSet());
    }

    @Override
    public void close() {
        store.close();
        index.close();
    }
}
