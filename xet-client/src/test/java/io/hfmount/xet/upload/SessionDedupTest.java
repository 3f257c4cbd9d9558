package io.hfmount.xet.upload;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.cas.StorageRoute;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** What sessions know of earlier uploads, their own and those of others. */
class SessionDedupTest extends UploadSessions {
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
    void answerWithoutAnEnd_isRememberedForOurLifetime() {
        byte[] content = random(1, 2_500_000);
        upload(uploader(small), content);
        Uploader uploader = uploader(small);
        // Nothing is stored meanwhile: that would be known for its own sake.
        faulty.plan((route, call) -> route == StorageRoute.XORB_UPLOAD ? Mono.never() : Mono.empty());
        UploadSession asking = uploader.newSession();
        assertThat(add(asking, content).reusedBytes()).isPositive();
        asking.abort();
        faulty.plan((route, call) -> switch (route) {
            case XORB_UPLOAD -> Mono.never();
            case CHUNK_QUERY -> Mono.error(broken());
            default -> Mono.empty();
        });

        now.set(NOW.plus(small.dedupLifetime()).minusSeconds(1));
        UploadSession knowing = uploader.newSession();
        assertThat(add(knowing, content).reusedBytes()).isPositive();
        knowing.abort();

        now.set(NOW.plus(small.dedupLifetime()));
        UploadSession late = uploader.newSession();
        assertThat(add(late, content).reusedBytes()).isZero();
        late.abort();
    }

    @Test
    void xorbsOfAFailedSession_areRememberedForOurLifetime() {
        faulty.plan(
                (route, call) -> route == StorageRoute.SHARD_UPLOAD && call == 1 ? Mono.error(broken()) : Mono.empty());
        Uploader uploader = uploader(small.withDedup(false, 100_000));
        byte[] content = random(1, 900_000);
        UploadSession first = uploader.newSession();
        add(first, content);
        failure(first.finish());

        now.set(NOW.plus(small.dedupLifetime()));
        assertThat(upload(uploader, content).newBytes()).isEqualTo(content.length);
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
}
