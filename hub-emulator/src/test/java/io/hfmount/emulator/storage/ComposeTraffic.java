package io.hfmount.emulator.storage;

import io.hfmount.emulator.auth.Scope;
import io.hfmount.xet.ContentSource;
import io.hfmount.xet.Edit;
import io.hfmount.xet.LocalBase;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.cas.HttpStorageClient;
import io.hfmount.xet.cas.StorageAccess;
import io.hfmount.xet.cas.StorageObserver;
import io.hfmount.xet.cas.StorageRoute;
import io.hfmount.xet.index.ChunkIndex;
import io.hfmount.xet.index.DiskChunkIndex;
import io.hfmount.xet.store.XetContentStore;
import io.hfmount.xet.testing.ArraySource;
import io.hfmount.xet.upload.UploadSettings;
import io.hfmount.xet.vectors.VectorInput;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Prints what edits of large files cost: bytes of request and answer bodies both ways, requests, seconds. Not a test; run
 * with a scratch folder and the file's size in MiB.
 */
public final class ComposeTraffic {
    /** Larger files are not uploaded a second time as another client's. */
    private static final long FOREIGN_LIMIT = 1L << 30;

    private ComposeTraffic() {}

    /** Arguments: folder, MiB, appends to a log. */
    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        long size = Long.parseLong(args[1]) << 20;
        int appends = Integer.parseInt(args[2]);
        try (StorageServer server = StorageServer.start(folder.resolve("server"))) {
            edits(server, folder, size);
            log(server, folder, appends);
        }
        System.exit(0);
    }

    private static void edits(StorageServer server, Path folder, long size) throws Exception {
        UploadedContent file;
        try (Client client = new Client(server, folder.resolve("index"), UploadSettings.defaults())) {
            file = client.measure("upload " + (size >> 20) + " MiB", session -> session.add(new Numbers(size, 1)));
            UploadedContent base = file;
            UploadedContent longer = client.measure(
                    "append 1 byte, known",
                    session -> session.compose(
                            base.hash(), base.size(), List.of(edit(size, size, new byte[1])), LocalBase.none()));
            client.measure(
                    "append 1 byte again, known",
                    session -> session.compose(
                            longer.hash(),
                            longer.size(),
                            List.of(edit(size + 1, size + 1, new byte[1])),
                            LocalBase.none()));
            client.measure(
                    "one overwrite of 4 KiB, known",
                    session -> session.compose(
                            base.hash(),
                            base.size(),
                            List.of(edit(size / 3, size / 3 + 4096, new byte[4096])),
                            LocalBase.none()));
            client.measure(
                    "20 overwrites of 4 KiB, known",
                    session -> session.compose(base.hash(), base.size(), scattered(size, 20), LocalBase.none()));
        }
        if (size > FOREIGN_LIMIT) {
            return;
        }
        UploadedContent foreign;
        try (Client client = new Client(server, null, UploadSettings.defaults().withShortSegments(false))) {
            foreign = client.measure("upload by another client", session -> session.add(new Numbers(size, 2)));
        }
        try (Client client = new Client(server, Files.createTempDirectory(folder, "cold"), UploadSettings.defaults())) {
            UploadedContent edited = client.measure(
                    "one overwrite of 4 KiB, unknown file of another client",
                    session -> session.compose(
                            foreign.hash(),
                            foreign.size(),
                            List.of(edit(size / 3, size / 3 + 4096, new byte[4096])),
                            LocalBase.none()));
            client.measure(
                    "another one beside it",
                    session -> session.compose(
                            edited.hash(),
                            edited.size(),
                            List.of(edit(size / 3 + 100_000, size / 3 + 104_096, new byte[4096])),
                            LocalBase.none()));
        }
    }

    private static List<Edit> scattered(long size, int count) {
        Random random = new Random(5);
        List<Edit> edits = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long at = size / count * i + random.nextLong(size / count - 4096);
            edits.add(edit(at, at + 4096, VectorInput.random(i, 4096)));
        }
        return edits;
    }

    private static void log(StorageServer server, Path folder, int appends) throws Exception {
        for (int length : new int[] {200, 20_000, 100_000}) {
            try (Client client = new Client(server, folder.resolve("log" + length), UploadSettings.defaults())) {
                client.quiet = true;
                UploadedContent log =
                        client.measure("", session -> session.add(ArraySource.of(VectorInput.random(9, length))));
                client.reset();
                long worst = 0;
                long begun = System.nanoTime();
                for (int i = 0; i < appends; i++) {
                    UploadedContent base = log;
                    byte[] line = VectorInput.random(100 + i, length);
                    long before = client.up.get() + client.down.get();
                    log = client.measure(
                            "",
                            session -> session.compose(
                                    base.hash(),
                                    base.size(),
                                    List.of(edit(base.size(), base.size(), line)),
                                    LocalBase.none()));
                    worst = Math.max(worst, client.up.get() + client.down.get() - before);
                }
                int segments = client.http
                        .reconstruct(log.hash(), new io.hfmount.model.ByteRange(0, Long.MAX_VALUE))
                        .block()
                        .terms()
                        .size();
                System.out.printf(
                        Locale.ROOT,
                        "%d appends of %d bytes: %.3f MB up and %.3f MB down a flush, worst %.3f MB, %d segments, %.1f ms a flush%n",
                        appends,
                        length,
                        client.up.get() / 1e6 / appends,
                        client.down.get() / 1e6 / appends,
                        worst / 1e6,
                        segments,
                        (System.nanoTime() - begun) / 1e6 / appends);
            }
        }
    }

    private static Edit edit(long start, long end, byte[] data) {
        return new Edit(start, end, ArraySource.of(data));
    }

    @FunctionalInterface
    private interface Work {
        Mono<UploadedContent> in(UploadSession session);
    }

    /** Incompressible content of any size without holding it. */
    private record Numbers(long size, long seed) implements ContentSource {
        @Override
        public int read(long position, ByteBuffer target) {
            int count = (int) Math.min(target.remaining(), size - position);
            ByteBuffer words = ByteBuffer.allocate(count + 16).order(ByteOrder.LITTLE_ENDIAN);
            long first = position / 8;
            for (long i = first; words.remaining() >= 8; i++) {
                long x = (i + seed * 0x5851F42D4C957F2DL) * 0x9E3779B97F4A7C15L;
                x = (x ^ (x >>> 30)) * 0xBF58476D1CE4E5B9L;
                x = (x ^ (x >>> 27)) * 0x94D049BB133111EBL;
                words.putLong(x ^ (x >>> 31));
            }
            target.put(words.array(), (int) (position - first * 8), count);
            return count;
        }
    }

    private static final class Client implements AutoCloseable {
        final AtomicLong up = new AtomicLong();
        final AtomicLong down = new AtomicLong();
        final Map<StorageRoute, Integer> calls = new ConcurrentHashMap<>();
        final HttpStorageClient http;
        boolean quiet;
        private final Scheduler decoding = Schedulers.newParallel("decode", 2, true);
        private final ChunkIndex index;
        private final XetContentStore store;

        Client(StorageServer server, Path folder, UploadSettings upload) throws Exception {
            StorageObserver observer = new StorageObserver() {
                @Override
                public void finished(StorageRoute route, int status, double seconds, long bytesUp, long bytesDown) {
                    up.addAndGet(bytesUp);
                    down.addAndGet(bytesDown);
                    calls.merge(route, 1, Integer::sum);
                }
            };
            index = folder == null ? ChunkIndex.none() : DiskChunkIndex.open(folder, 256L << 20);
            http = new HttpStorageClient(
                    () -> Mono.just(new StorageAccess(server.url(), server.token(Scope.WRITE), Instant.MAX)),
                    io.hfmount.xet.cas.StorageSettings.defaults(),
                    decoding,
                    observer);
            store = new XetContentStore(
                    http, index, XetContentStore.Settings.defaults().withUpload(upload), observer);
        }

        void reset() {
            up.set(0);
            down.set(0);
            calls.clear();
        }

        UploadedContent measure(String name, Work work) {
            if (!quiet) {
                reset();
            }
            long begun = System.nanoTime();
            UploadSession session = store.newUploadSession();
            UploadedContent done = work.in(session).block();
            long composed = System.nanoTime();
            session.finish().block();
            if (!quiet) {
                System.out.printf(
                        Locale.ROOT,
                        "%s: %.3f MB up, %.3f MB down, %.0f ms to compose, %.0f ms in all, %s%n",
                        name,
                        up.get() / 1e6,
                        down.get() / 1e6,
                        (composed - begun) / 1e6,
                        (System.nanoTime() - begun) / 1e6,
                        calls);
            }
            return done;
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
