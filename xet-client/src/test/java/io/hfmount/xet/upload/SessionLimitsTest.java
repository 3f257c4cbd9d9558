package io.hfmount.xet.upload;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.xet.ContentSource;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.cas.StorageRoute;
import io.hfmount.xet.testing.ArraySource;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** How much sessions hold and do at once. */
class SessionLimitsTest extends UploadSessions {
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
