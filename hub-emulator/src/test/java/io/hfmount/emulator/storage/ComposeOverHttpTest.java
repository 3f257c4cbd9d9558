package io.hfmount.emulator.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.emulator.auth.Scope;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.Edit;
import io.hfmount.xet.LocalBase;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.cas.HttpStorageClient;
import io.hfmount.xet.cas.RetryPolicy;
import io.hfmount.xet.cas.StorageAccess;
import io.hfmount.xet.cas.StorageObserver;
import io.hfmount.xet.cas.StorageRoute;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.index.ChunkIndex;
import io.hfmount.xet.index.DiskChunkIndex;
import io.hfmount.xet.merkle.MerkleTree;
import io.hfmount.xet.store.XetContentStore;
import io.hfmount.xet.testing.ArraySource;
import io.hfmount.xet.upload.UploadSettings;
import io.hfmount.xet.vectors.VectorInput;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Edited files composed by the project's own client on the storage service over HTTP, which refuses a file whose segments
 * do not make its hash.
 */
class ComposeOverHttpTest {
    private static final Duration WAIT = Duration.ofSeconds(60);
    private static final UploadSettings SMALL = UploadSettings.defaults()
            .withXorbLimits(300_000, 50)
            .withMemory(16 << 20, 1 << 20)
            .withDedup(false, 0);

    @TempDir
    private Path directory;

    private StorageServer server;

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    private StorageServer serve(WindowMode windows) throws Exception {
        server = StorageServer.start(
                directory.resolve("server"), StorageSettings.defaults().withWindows(windows));
        return server;
    }

    @ParameterizedTest
    @EnumSource(WindowMode.class)
    void editsOnEdits_withAndWithoutAnIndex_areWhatAFreshUploadIs(WindowMode windows) throws Exception {
        serve(windows);
        Random random = new Random(20_111);
        byte[] content = VectorInput.random(random.nextLong(), 2_000_000);
        Path folder = directory.resolve("index");
        UploadedContent file;
        try (Client client = new Client(SMALL, folder)) {
            file = client.upload(content);
        }
        for (int round = 0; round < 20; round++) {
            List<Change> changes = changes(random, content.length);
            try (Client client = new Client(SMALL, round % 2 == 0 ? folder : null)) {
                file = client.compose(file, changes, LocalBase.none());
                content = Change.apply(content, changes);
                assertThat(file.hash()).isEqualTo(MerkleTree.fileHash(Chunker.chunksOf(content)));
                assertThat(client.content(file)).isEqualTo(content);
            }
        }
    }

    @Test
    void thousandsOfScatteredEdits_areOneQueryThatTheServerTakes() throws Exception {
        serve(WindowMode.PLAIN);
        Random random = new Random(31);
        byte[] content = VectorInput.random(7, 6_000_000);
        List<Change> changes = new ArrayList<>();
        for (int at = 0; at < content.length - 3_000; at += 1_000 + random.nextInt(1_000)) {
            changes.add(new Change(at, at + random.nextInt(5), VectorInput.random(at, random.nextInt(9))));
        }
        assertThat(changes).hasSizeGreaterThan(3_000);
        try (Client client = new Client(SMALL.withXorbLimits(128 << 10, 50), null)) {
            UploadedContent file = client.upload(content);
            UploadedContent composed = client.compose(file, changes, LocalBase.none());
            byte[] expected = Change.apply(content, changes);
            assertThat(composed.hash()).isEqualTo(MerkleTree.fileHash(Chunker.chunksOf(expected)));
            assertThat(client.content(composed)).isEqualTo(expected);
        }
    }

    @Test
    void largeFileSmallEditTransfersLittle() throws Exception {
        serve(WindowMode.ALIGNED);
        byte[] content = VectorInput.random(11, 40 << 20);
        try (Client client = new Client(UploadSettings.defaults(), directory.resolve("index"))) {
            UploadedContent file = client.upload(content);
            assertThat(client.store.knows(file.hash(), file.size())).isTrue();
            client.reset();
            List<Change> edit = List.of(new Change(20_000_000, 20_001_000, VectorInput.random(12, 1_000)));
            UploadedContent composed = client.compose(file, edit, LocalBase.none());
            content = Change.apply(content, edit);
            assertThat(composed.hash()).isEqualTo(MerkleTree.fileHash(Chunker.chunksOf(content)));
            assertThat(client.up.get()).isLessThan(4 * Chunker.MAX);
            assertThat(client.down.get()).isLessThan(6 * Chunker.MAX);
            assertThat(client.calls).doesNotContainKey(StorageRoute.WINDOWS);

            client.reset();
            List<Change> append = List.of(new Change(content.length, content.length, new byte[] {7}));
            UploadedContent longer = client.compose(composed, append, LocalBase.none());
            content = Change.apply(content, append);
            assertThat(longer.hash()).isEqualTo(MerkleTree.fileHash(Chunker.chunksOf(content)));
            assertThat(client.up.get() + client.down.get()).isLessThan(3 * Chunker.MAX);
            assertThat(client.content(longer)).isEqualTo(content);
        }
    }

    @Test
    void whatTheEditorHolds_isNotFetched() throws Exception {
        serve(WindowMode.ALIGNED);
        byte[] content = VectorInput.random(13, 3_000_000);
        LocalBase all = new LocalBase() {
            @Override
            public boolean holds(ByteRange range) {
                return true;
            }

            @Override
            public int read(long position, java.nio.ByteBuffer target) {
                int count = target.remaining();
                target.put(content, (int) position, count);
                return count;
            }
        };
        try (Client client = new Client(SMALL, directory.resolve("index"))) {
            UploadedContent file = client.upload(content);
            client.reset();
            List<Change> edit = List.of(new Change(1_000_000, 1_000_100, new byte[100]));
            UploadedContent composed = client.compose(file, edit, all);
            assertThat(composed.hash()).isEqualTo(MerkleTree.fileHash(Chunker.chunksOf(Change.apply(content, edit))));
            assertThat(client.calls).containsOnlyKeys(StorageRoute.XORB_UPLOAD, StorageRoute.SHARD_UPLOAD);
        }
    }

    @Test
    void originalThatStorageDoesNotKnow_isNotFound() throws Exception {
        serve(WindowMode.ALIGNED);
        try (Client client = new Client(SMALL, null)) {
            UploadedContent unknown = new UploadedContent(new ContentHash(1, 2, 3, 4), 10, 0, 0);
            assertThatThrownBy(() -> client.compose(unknown, List.of(new Change(0, 1, new byte[1])), LocalBase.none()))
                    .isInstanceOfSatisfying(
                            StorageException.class,
                            e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.NOT_FOUND));
        }
    }

    private static List<Change> changes(Random random, int size) {
        List<Change> changes = new ArrayList<>();
        int at = 0;
        for (int i = random.nextInt(4); i >= 0 && at < size; i--) {
            int start = at + random.nextInt(size - at);
            int end = Math.min(size, start + (random.nextBoolean() ? 0 : random.nextInt(60_000)));
            changes.add(new Change(start, end, VectorInput.random(random.nextLong(), random.nextInt(50_000))));
            at = end;
        }
        if (random.nextBoolean()) {
            changes.add(new Change(size, size, VectorInput.text(random.nextLong(), random.nextInt(30_000))));
        }
        return changes;
    }

    private record Change(int start, int end, byte[] data) {
        static byte[] apply(byte[] content, List<Change> changes) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            int at = 0;
            for (Change change : changes) {
                out.write(content, at, change.start - at);
                out.writeBytes(change.data);
                at = change.end;
            }
            out.writeBytes(Arrays.copyOfRange(content, at, content.length));
            return out.toByteArray();
        }
    }

    /** A fresh client, which counts the bytes of bodies. */
    private final class Client implements AutoCloseable {
        final Map<StorageRoute, Integer> calls = new ConcurrentHashMap<>();
        final AtomicLong up = new AtomicLong();
        final AtomicLong down = new AtomicLong();
        private final Scheduler decoding = Schedulers.newParallel("test-decode", 2, true);
        private final ChunkIndex index;
        private final HttpStorageClient http;
        private final XetContentStore store;

        Client(UploadSettings upload, Path folder) throws Exception {
            RetryPolicy once = new RetryPolicy(0, Duration.ofMillis(1), Duration.ofMillis(1));
            StorageObserver observer = new StorageObserver() {
                @Override
                public void finished(StorageRoute route, int status, double seconds, long bytesUp, long bytesDown) {
                    calls.merge(route, 1, Integer::sum);
                    up.addAndGet(bytesUp);
                    down.addAndGet(bytesDown);
                }
            };
            index = folder == null ? ChunkIndex.none() : DiskChunkIndex.open(folder, 16 << 20);
            http = new HttpStorageClient(
                    () -> Mono.just(new StorageAccess(server.url(), server.token(Scope.WRITE), Instant.MAX)),
                    io.hfmount.xet.cas.StorageSettings.defaults().withRetry(once),
                    decoding,
                    observer);
            store = new XetContentStore(
                    http,
                    index,
                    XetContentStore.Settings.defaults().withRetry(once).withUpload(upload),
                    observer);
        }

        void reset() {
            calls.clear();
            up.set(0);
            down.set(0);
        }

        UploadedContent upload(byte[] content) {
            UploadSession session = store.newUploadSession();
            UploadedContent uploaded = session.add(ArraySource.of(content)).block(WAIT);
            session.finish().block(WAIT);
            return uploaded;
        }

        UploadedContent compose(UploadedContent base, List<Change> changes, LocalBase local) {
            UploadSession session = store.newUploadSession();
            UploadedContent composed = session.compose(
                            base.hash(),
                            base.size(),
                            changes.stream()
                                    .map(change -> new Edit(change.start, change.end, ArraySource.of(change.data)))
                                    .toList(),
                            local)
                    .block(WAIT);
            session.finish().block(WAIT);
            return composed;
        }

        byte[] content(UploadedContent file) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (ByteBuf piece : server.service().stream(file.hash(), new ByteRange(0, file.size()))
                    .toIterable(2)) {
                byte[] bytes = new byte[piece.readableBytes()];
                piece.readBytes(bytes);
                piece.release();
                out.writeBytes(bytes);
            }
            return out.toByteArray();
        }

        @Override
        public void close() {
            store.close();
            http.close();
            decoding.dispose();
            index.close();
        }
    }
}
