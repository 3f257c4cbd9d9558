package io.hfmount.xet.upload;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.ContentSource;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.cas.StorageRoute;
import io.hfmount.xet.testing.ArraySource;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** What a session sends and registers, and in which order. */
class UploadSessionTest extends UploadSessions {
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
}
