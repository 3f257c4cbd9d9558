package io.hfmount.xet.upload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.ContentSource;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.cas.StorageRoute;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.hash.XetHashes;
import io.hfmount.xet.testing.ArraySource;
import io.hfmount.xet.testing.FaultyStorage;
import io.hfmount.xet.testing.MemoryStorage;
import io.hfmount.xet.vectors.VectorInput;
import io.hfmount.xet.xorb.XorbWriter;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

class UploadSessionTest {
    private static final Duration WAIT = Duration.ofSeconds(60);
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static ExecutorService executor;

    private final MemoryStorage storage = new MemoryStorage();
    private final FaultyStorage faulty = new FaultyStorage(storage);
    private final AtomicReference<Instant> now = new AtomicReference<>(NOW);
    private final UploadSettings small =
            UploadSettings.defaults().withXorbLimits(1 << 20, 8192).withMemory(8 << 20, 256 << 10);

    @BeforeAll
    static void start() {
        executor = Executors.newFixedThreadPool(4);
    }

    @AfterAll
    static void stop() {
        executor.shutdown();
    }

    private Uploader uploader(UploadSettings settings) {
        return new Uploader(faulty, settings, executor, UploadListener.NONE, RememberedChunks.NONE, clock());
    }

    private InstantSource clock() {
        return now::get;
    }

    private static byte[] random(int seed, int length) {
        return VectorInput.random(seed, length);
    }

    private static UploadedContent add(UploadSession session, byte[] content) {
        return session.add(ArraySource.of(content)).block(WAIT);
    }

    private UploadedContent upload(Uploader uploader, byte[] content) {
        UploadSession session = uploader.newSession();
        UploadedContent uploaded = add(session, content);
        session.finish().block(WAIT);
        return uploaded;
    }

    private static StorageException failure(Mono<?> call) {
        try {
            call.block(WAIT);
        } catch (StorageException e) {
            return e;
        }
        throw new AssertionError("expected a failure");
    }

    private static StorageException broken() {
        return new StorageException(StorageException.Kind.UNAVAILABLE, "broken");
    }

    @Test
    void smallFiles_shareOneXorbAndOneShard() {
        UploadSession session = uploader(UploadSettings.defaults()).newSession();
        List<byte[]> contents = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            contents.add(random(i, 1000 + 7 * i));
        }
        List<UploadedContent> uploaded = Flux.fromIterable(contents)
                .flatMapSequential(content -> session.add(ArraySource.of(content)))
                .collectList()
                .block(WAIT);
        assertThat(storage.xorbCount()).isZero();

        long sent = session.finish().block(WAIT);

        assertThat(storage.xorbCount()).isEqualTo(1);
        assertThat(storage.shards()).hasSize(1);
        for (int i = 0; i < 100; i++) {
            assertThat(storage.content(uploaded.get(i).hash())).isEqualTo(contents.get(i));
        }
        assertThat(sent).isGreaterThan(100 * 1000);
        assertThat(session.finish().block(WAIT)).isEqualTo(sent);
        assertThat(faulty.calls(StorageRoute.SHARD_UPLOAD)).isEqualTo(1);
    }

    @Test
    void fullPool_isCutAtTheLargerPart() {
        UploadSession session = uploader(small).newSession();
        add(session, random(1, 600_000));
        add(session, random(2, 500_000));
        add(session, random(3, 400_000));
        session.finish().block(WAIT);

        List<Integer> sizes = new ArrayList<>();
        storage.shards().forEach(s -> s.xorbs().forEach(x -> sizes.add(x.unpackedBytes())));
        assertThat(sizes).containsExactlyInAnyOrder(600_000, 900_000);
    }

    @Test
    void noFiles_sendNothing() {
        assertThat(uploader(small).newSession().finish().block(WAIT)).isZero();
        assertThat(faulty.calls(StorageRoute.SHARD_UPLOAD)).isZero();
    }

    @Test
    void emptyFile_hasTheZeroHash() {
        UploadedContent uploaded = upload(uploader(small), new byte[0]);
        assertThat(uploaded.hash()).isEqualTo(ContentHash.ZERO);
        assertThat(storage.xorbCount()).isZero();
    }

    @Test
    void shards_waitForEveryXorb() {
        Sinks.Empty<Void> gate = Sinks.empty();
        faulty.plan((route, call) -> route == StorageRoute.XORB_UPLOAD && call == 2 ? gate.asMono() : Mono.empty());
        UploadSession session = uploader(small).newSession();
        add(session, random(1, 3_000_000));
        Mono<Long> finish = session.finish();
        CountDownLatch done = new CountDownLatch(1);
        finish.subscribe(sent -> done.countDown());
        // The other xorbs are stored; only the held one is missing.
        while (storage.xorbCount() < 2) {
            Thread.onSpinWait();
        }
        assertThat(faulty.calls(StorageRoute.SHARD_UPLOAD)).isZero();
        assertThat(done.getCount()).isEqualTo(1);

        gate.tryEmitEmpty();

        assertThat(finish.block(WAIT)).isPositive();
        assertThat(faulty.calls(StorageRoute.SHARD_UPLOAD)).isEqualTo(1);
    }

    @Test
    void xorbs_areSentWhileBytesStillArrive() {
        CountDownLatch firstXorb = new CountDownLatch(1);
        faulty.plan((route, call) -> {
            if (route == StorageRoute.XORB_UPLOAD) {
                firstXorb.countDown();
            }
            return Mono.empty();
        });
        byte[] content = random(1, 4 << 20);
        ContentSource slow = new ContentSource() {
            @Override
            public long size() {
                return content.length;
            }

            @Override
            public int read(long position, ByteBuffer target) throws java.io.IOException {
                try {
                    if (position > 3 << 20 && !firstXorb.await(30, TimeUnit.SECONDS)) {
                        throw new java.io.IOException("no xorb was sent early");
                    }
                } catch (InterruptedException e) {
                    throw new java.io.IOException(e);
                }
                int count = target.remaining();
                target.put(content, (int) position, count);
                return count;
            }
        };
        UploadSession session = uploader(small).newSession();
        UploadedContent uploaded = session.add(slow).block(WAIT);
        session.finish().block(WAIT);
        assertThat(storage.content(uploaded.hash())).isEqualTo(content);
    }

    @Test
    void failingSource_failsItsFileAlone() {
        UploadSession session = uploader(small).newSession();
        byte[] good = random(1, 700_000);
        UploadedContent first = add(session, good);
        StorageException failure =
                failure(session.add(ArraySource.of(random(2, 2_000_000)).failingAt(1_500_000)));
        UploadedContent last = add(session, random(3, 700_000));
        session.finish().block(WAIT);

        assertThat(failure.kind()).isEqualTo(StorageException.Kind.SOURCE);
        assertThat(failure).hasMessageContaining("disk fault");
        assertThat(storage.content(first.hash())).isEqualTo(good);
        assertThat(storage.file(last.hash()).size()).isEqualTo(700_000);
        assertThat(storage.fileCount()).isEqualTo(2);
    }

    @Test
    void shortSource_isASourceFailure() {
        byte[] content = random(1, 100_000);
        ContentSource lying = new ContentSource() {
            @Override
            public long size() {
                return content.length + 1;
            }

            @Override
            public int read(long position, ByteBuffer target) {
                int count = (int) Math.min(target.remaining(), content.length - position);
                target.put(content, (int) position, count);
                return count;
            }
        };
        UploadSession session = uploader(small).newSession();
        assertThat(failure(session.add(lying)).kind()).isEqualTo(StorageException.Kind.SOURCE);
        assertThat(session.finish().block(WAIT)).isZero();
        assertThat(storage.fileCount()).isZero();
    }

    @Test
    void failedXorb_failsTheSessionAndRegistersNothing() {
        faulty.plan(
                (route, call) -> route == StorageRoute.XORB_UPLOAD && call == 2 ? Mono.error(broken()) : Mono.empty());
        UploadSession session = uploader(small).newSession();
        session.add(ArraySource.of(random(1, 6_000_000))).onErrorComplete().block(WAIT);

        assertThat(failure(session.finish())).hasMessage("broken");
        assertThat(faulty.calls(StorageRoute.SHARD_UPLOAD)).isZero();
        assertThat(storage.fileCount()).isZero();
        assertThatThrownBy(() -> add(session, random(2, 10))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void repeatedWork_givesTheSameHashes() {
        faulty.plan(
                (route, call) -> route == StorageRoute.SHARD_UPLOAD && call == 1 ? Mono.error(broken()) : Mono.empty());
        Uploader uploader = uploader(small);
        byte[] content = random(1, 2_500_000);
        UploadSession first = uploader.newSession();
        ContentHash hash = add(first, content).hash();
        assertThat(failure(first.finish())).hasMessage("broken");

        assertThat(upload(uploader, content).hash()).isEqualTo(hash);
        assertThat(storage.content(hash)).isEqualTo(content);
    }

    @Test
    void storedXorbsOfAFailedSession_areNotSentAgain() {
        faulty.plan(
                (route, call) -> route == StorageRoute.SHARD_UPLOAD && call == 1 ? Mono.error(broken()) : Mono.empty());
        Uploader uploader = uploader(small.withDedup(false, 100_000));
        byte[] content = random(1, 2_500_000);
        UploadSession first = uploader.newSession();
        add(first, content);
        failure(first.finish());
        int sent = faulty.calls(StorageRoute.XORB_UPLOAD);

        UploadedContent again = upload(uploader, content);

        assertThat(again.newBytes()).isZero();
        assertThat(faulty.calls(StorageRoute.XORB_UPLOAD)).isEqualTo(sent);
        // A server that has only shards to know xorbs by learns of them now.
        assertThat(storage.shards().getFirst().xorbs()).hasSize(sent);
        assertThat(storage.content(again.hash())).isEqualTo(content);
        assertThat(upload(uploader, content).newBytes()).isZero();
        assertThat(storage.shards().get(1).xorbs()).isEmpty();
    }

    @Test
    void xorbLostAfterAFailedSession_isSentAgainWhenRefused() {
        faulty.plan(
                (route, call) -> route == StorageRoute.SHARD_UPLOAD && call == 1 ? Mono.error(broken()) : Mono.empty());
        Uploader uploader = uploader(small.withDedup(false, 100_000));
        byte[] content = random(1, 500_000);
        UploadSession first = uploader.newSession();
        add(first, content);
        failure(first.finish());
        storage.loseAll();
        int sent = faulty.calls(StorageRoute.XORB_UPLOAD);
        UploadSession second = uploader.newSession();
        ContentHash hash = add(second, content).hash();

        second.finish().block(WAIT);

        assertThat(faulty.calls(StorageRoute.XORB_UPLOAD)).isEqualTo(sent + 1);
        assertThat(storage.content(hash)).isEqualTo(content);
    }

    @Test
    void finishedUpload_isRememberedUntilItExpires() {
        Uploader uploader = uploader(small.withDedup(false, 100_000));
        byte[] content = random(1, 2_500_000);
        assertThat(upload(uploader, content).newBytes()).isEqualTo(content.length);

        assertThat(upload(uploader, content).newBytes()).isZero();

        now.set(NOW.plus(small.dedupLifetime()));
        assertThat(upload(uploader, content).newBytes()).isEqualTo(content.length);
    }

    @Test
    void filesOfOneSession_shareCutXorbs() {
        UploadSession session = uploader(small.withDedup(false, 0)).newSession();
        byte[] content = random(1, 3_000_000);
        add(session, content);
        byte[] longer = java.util.Arrays.copyOf(content, 3_100_000);
        UploadedContent second = add(session, longer);
        session.finish().block(WAIT);

        assertThat(second.reusedBytes()).isGreaterThan(1_900_000);
        assertThat(storage.content(second.hash())).isEqualTo(longer);
    }

    @Test
    void otherClients_areFoundThroughStorage() {
        byte[] content = random(1, 2_500_000);
        ContentHash key = ContentHash.parse("ab".repeat(32));
        for (ContentHash each : List.of(ContentHash.ZERO, key)) {
            storage.withDedupAnswers(each, NOW.plusSeconds(60).getEpochSecond());
            upload(uploader(small), content);
            int xorbs = storage.xorbCount();

            UploadedContent again = upload(uploader(small), content);

            // Only the chunks that no file start and no eligible hash leads to are new.
            assertThat(again.reusedBytes()).as("key %s", each).isGreaterThan(900_000);
            assertThat(storage.content(again.hash())).isEqualTo(content);
            assertThat(storage.xorbCount()).isGreaterThanOrEqualTo(xorbs);
        }
        assertThat(storage.chunkQueries()).isPositive();

        storage.withDedupAnswers(key, NOW.minusSeconds(1).getEpochSecond());
        assertThat(upload(uploader(small), content).reusedBytes()).isZero();
    }

    @Test
    void smallFile_isSentWithoutAsking_andALargerOneAfterAsking() {
        Uploader uploader = uploader(small);

        upload(uploader, random(1, (int) FileCleaner.LEAST_ASKED - 1));
        assertThat(faulty.calls(StorageRoute.CHUNK_QUERY)).isZero();

        upload(uploader, random(2, (int) FileCleaner.LEAST_ASKED));
        assertThat(faulty.calls(StorageRoute.CHUNK_QUERY)).isPositive();
    }

    @Test
    void failingDedupQuery_isIgnored() {
        faulty.plan((route, call) -> route == StorageRoute.CHUNK_QUERY ? Mono.error(broken()) : Mono.empty());
        byte[] content = random(1, 100_000);
        assertThat(upload(uploader(small), content).newBytes()).isEqualTo(content.length);
    }

    @Test
    void dedupQueriesThatKeepFailing_areGivenUpForTheSession() {
        faulty.plan((route, call) -> route == StorageRoute.CHUNK_QUERY ? Mono.error(broken()) : Mono.empty());
        UploadSession session = uploader(small).newSession();
        for (int i = 0; i < 3 * StorageDedup.MAX_FAILURES; i++) {
            add(session, random(i, (int) FileCleaner.LEAST_ASKED));
        }
        session.finish().block(WAIT);
        assertThat(faulty.calls(StorageRoute.CHUNK_QUERY)).isEqualTo(StorageDedup.MAX_FAILURES);

        UploadSession next = uploader(small).newSession();
        add(next, random(99, (int) FileCleaner.LEAST_ASKED));
        assertThat(faulty.calls(StorageRoute.CHUNK_QUERY)).isEqualTo(StorageDedup.MAX_FAILURES + 1);
        next.abort();
    }

    @Test
    void sameXorbTwice_isSentOnce_andItsSecondCopyIsNotKept() {
        XorbSender sender = new XorbSender(faulty, new ByteBudget(1 << 20), 1);
        List<OpenXorb> twins = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            OpenXorb xorb = new OpenXorb(XorbWriter.automatic());
            byte[] chunk = random(1, 10_000);
            xorb.add(new Chunk(XetHashes.chunkHash(chunk), chunk.length), chunk, 0);
            xorb.close();
            twins.add(xorb);
            sender.send(xorb, xorb.seal());
        }
        sender.allStored().join();
        assertThat(faulty.calls(StorageRoute.XORB_UPLOAD)).isEqualTo(1);
        assertThat(twins).allSatisfy(xorb -> assertThat(xorb.body()).isNull());
    }

    @Test
    void refusedShard_makesTheSessionUploadEverythingOnceMore() {
        Uploader uploader = uploader(small);
        byte[] content = random(1, 500_000);
        ContentHash hash = upload(uploader, content).hash();
        storage.lose(storage.file(hash).segments().getFirst().xorb());
        UploadSession second = uploader.newSession();
        assertThat(add(second, content).newBytes()).isZero();

        assertThat(second.finish().block(WAIT)).isGreaterThan(content.length);

        assertThat(storage.content(hash)).isEqualTo(content);
        assertThat(upload(uploader, content).newBytes()).as("known again").isZero();
    }

    @Test
    void metadataOverTheLimit_goesIntoSeveralShards() {
        UploadSession session = uploader(small.withShardBytes(2048)).newSession();
        List<UploadedContent> uploaded = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            uploaded.add(add(session, random(i, 30_000)));
        }
        session.finish().block(WAIT);
        assertThat(storage.shards()).hasSizeGreaterThan(3);
        assertThat(uploaded).allMatch(u -> storage.file(u.hash()).size() == 30_000);
    }

    @Test
    void uploadsAtOnce_stayWithinTheLimit() {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Sinks.Empty<Void> gate = Sinks.empty();
        faulty.plan((route, call) -> {
            if (route != StorageRoute.XORB_UPLOAD) {
                return Mono.empty();
            }
            int now = running.incrementAndGet();
            most.accumulateAndGet(now, Math::max);
            if (now == 8) {
                gate.tryEmitEmpty();
            }
            return gate.asMono().doFinally(s -> running.decrementAndGet());
        });
        UploadSettings settings =
                UploadSettings.defaults().withXorbLimits(128 << 10, 8192).withMemory(64 << 20, 256 << 10);
        byte[] content = random(1, 8 << 20);
        UploadedContent uploaded = upload(uploader(settings), content);
        assertThat(storage.content(uploaded.hash())).isEqualTo(content);
        assertThat(most).hasValue(8);
    }

    @Test
    void abort_stopsWhatRunsAndFailsFinish() {
        faulty.plan((route, call) -> route == StorageRoute.XORB_UPLOAD ? Mono.never() : Mono.empty());
        SessionUpload session = (SessionUpload) uploader(small).newSession();
        AtomicReference<Throwable> outcome = new AtomicReference<>();
        CountDownLatch ended = new CountDownLatch(1);
        // More than the budget holds: the cleaner waits for xorbs that are never stored.
        session.add(ArraySource.of(random(1, 20 << 20)))
                .doFinally(s -> ended.countDown())
                .subscribe(u -> {}, outcome::set);
        while (faulty.calls(StorageRoute.XORB_UPLOAD) < 2) {
            Thread.onSpinWait();
        }

        session.abort();
        session.abort();

        assertThatThrownBy(() -> session.finish().block(WAIT)).isInstanceOf(StorageException.class);
        await(ended);
        assertThat(outcome.get()).isInstanceOf(StorageException.class);
        assertThat(storage.fileCount()).isZero();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void cancelledFile_isNotRegistered() {
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        byte[] content = random(1, 4 << 20);
        ContentSource held = new ContentSource() {
            @Override
            public long size() {
                return content.length;
            }

            @Override
            public int read(long position, ByteBuffer target) {
                reading.countDown();
                await(go);
                int count = target.remaining();
                target.put(content, (int) position, count);
                return count;
            }
        };
        UploadSession session = uploader(small).newSession();
        var subscription = session.add(held).subscribe();
        await(reading);
        subscription.dispose();
        go.countDown();

        session.finish().block(WAIT);

        assertThat(storage.fileCount()).isZero();
    }

    @Test
    void largeVirtualSource_staysWithinItsMemory() {
        long size = 300L << 20;
        storage.withoutBodies();
        UploadSettings settings =
                UploadSettings.defaults().withXorbLimits(8 << 20, 8192).withMemory(48 << 20, 1 << 20);
        SessionUpload session = (SessionUpload) uploader(settings).newSession();
        ContentSource virtual = new ContentSource() {
            @Override
            public long size() {
                return size;
            }

            @Override
            public int read(long position, ByteBuffer target) {
                // Content that depends on the position alone, in 4 KiB cells.
                int count = target.remaining();
                long cell = position >>> 12;
                int skip = (int) (position & 4095);
                byte[] bytes = new byte[4096];
                while (target.hasRemaining()) {
                    new SplittableRandom(cell++).nextBytes(bytes);
                    int n = Math.min(target.remaining(), 4096 - skip);
                    target.put(bytes, skip, n);
                    skip = 0;
                }
                return count;
            }
        };
        UploadedContent uploaded = session.add(virtual).block(Duration.ofMinutes(3));
        long sent = session.finish().block(WAIT);

        assertThat(uploaded.size()).isEqualTo(size);
        assertThat(sent).isGreaterThan(size);
        assertThat(storage.file(uploaded.hash()).size()).isEqualTo(size);
        assertThat(session.peakMemory()).isPositive().isLessThanOrEqualTo(settings.memoryBytes());
    }

    @Test
    void sessionsAtOnce_shareOneAllowance_andGiveAllOfItBack() {
        storage.withoutBodies();
        faulty.plan((route, call) ->
                route == StorageRoute.XORB_UPLOAD && call % 7 == 0 ? Mono.error(broken()) : Mono.empty());
        Uploader uploader = uploader(small.withDedup(false, 0));
        List<Mono<Long>> sessions = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            int seed = i;
            UploadSession session = uploader.newSession();
            sessions.add(Flux.range(0, 4)
                    .flatMap(part -> session.add(ArraySource.of(random(4 * seed + part, 1_600_000))))
                    .onErrorComplete()
                    .then(Mono.defer(() -> {
                        if (seed == 5) {
                            session.abort();
                        }
                        return session.finish();
                    }))
                    .onErrorReturn(-1L));
        }
        List<Long> outcomes =
                Flux.merge(Flux.fromIterable(sessions), 6).collectList().block(WAIT);

        assertThat(outcomes).hasSize(6).contains(-1L);
        assertThat(uploader.memory().peak()).isLessThanOrEqualTo(small.memoryBytes());
        // A failed session answers while others of its files are still being left.
        long end = System.nanoTime() + WAIT.toNanos();
        while (uploader.memory().used() != 0 && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        assertThat(uploader.memory().used()).isZero();
    }
}
