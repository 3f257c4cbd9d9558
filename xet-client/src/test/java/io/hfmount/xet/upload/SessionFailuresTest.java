package io.hfmount.xet.upload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.ContentSource;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.cas.StorageRoute;
import io.hfmount.xet.testing.ArraySource;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Sessions that fail, are repeated or given up. */
class SessionFailuresTest extends UploadSessions {
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
    void sourceWithoutASize_isASourceFailure() {
        ContentSource gone = new ContentSource() {
            @Override
            public long size() {
                throw new IllegalStateException("no such file");
            }

            @Override
            public int read(long position, ByteBuffer target) {
                throw new AssertionError("nothing to read");
            }
        };
        UploadSession session = uploader(small).newSession();
        assertThat(failure(session.add(gone)).kind()).isEqualTo(StorageException.Kind.SOURCE);
        assertThat(session.finish().block(WAIT)).isZero();
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
}
