package io.hfmount.xet.upload;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.cas.StorageRoute;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.shard.Segment;
import io.hfmount.xet.testing.FaultyStorage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

/** Shards that storage refuses, or fails at: what was trusted to be stored is not trusted again (xet-protocol §13.9 rule 1). */
class RefusedShardTest extends UploadSessions {
    private static final String KEY = "ab".repeat(32);

    private List<ContentHash> xorbs(ContentHash file) {
        return storage.file(file).segments().stream()
                .map(Segment::xorb)
                .distinct()
                .toList();
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    @Test
    void whatOtherSessionsLearnAfterARefusal_isNotTrustedByTheSessionThatWasRefused() {
        byte[] content = random(1, 2_500_000);
        AtomicReference<Runnable> forgetting = new AtomicReference<>(() -> {});
        RememberedChunks remembered = new RememberedChunks() {
            @Override
            public @Nullable KnownRun find(List<Chunk> chunks, int from, int to) {
                return null;
            }

            @Override
            public void forget(ContentHash xorb) {
                forgetting.getAndSet(() -> {}).run();
            }
        };
        Uploader uploader = uploader(small, remembered);
        ContentHash hash = upload(uploader, content).hash();
        storage.file(hash).segments().stream().map(Segment::xorb).distinct().forEach(storage::loseUnnoticed);
        UploadSession session = uploader.newSession();
        assertThat(add(session, content).newBytes()).isZero();
        AtomicReference<UploadedContent> meanwhile = new AtomicReference<>();
        forgetting.set(() -> {
            UploadSession other = uploader.newSession();
            meanwhile.set(add(other, content));
            other.abort();
        });

        session.finish().block(WAIT);

        assertThat(meanwhile.get().reusedBytes())
                .as("storage still names what it lost")
                .isPositive();
        assertThat(storage.content(hash)).isEqualTo(content);
    }

    @Test
    void indexThatIsWrongAboutEverything_isTrustedOnce() {
        AtomicInteger xorbs = new AtomicInteger();
        RememberedChunks lying = new RememberedChunks() {
            @Override
            public KnownRun find(List<Chunk> chunks, int from, int to) {
                return new KnownRun(new ContentHash(xorbs.incrementAndGet(), 0, 0, 1), 0, 1, KnownRun.Source.INDEX);
            }

            @Override
            public void forget(ContentHash xorb) {
                // There is always another one.
            }
        };
        byte[] content = random(1, 2_500_000);
        UploadSession session = uploader(small, lying).newSession();
        UploadedContent file = add(session, content);
        assertThat(file.reusedBytes()).isPositive();

        session.finish().block(WAIT);

        assertThat(storage.content(file.hash())).isEqualTo(content);
        assertThat(faulty.calls(StorageRoute.SHARD_UPLOAD)).isEqualTo(2);
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

    @ParameterizedTest
    @EnumSource(names = {"REJECTED", "NOT_FOUND", "FORBIDDEN"})
    void refusalOfAnyKind_isDoubted(StorageException.Kind kind) {
        Uploader uploader = uploader(small);
        byte[] content = random(1, 500_000);
        ContentHash hash = upload(uploader, content).hash();
        storage.loseAll();
        faulty.falsifyRefusals(refusal -> new StorageException(kind, "no"));

        upload(uploader, content);

        assertThat(storage.content(hash)).isEqualTo(content);
    }

    @Test
    void fileThatEndsWithTheSessionsOwnChunks_isDoubtedForItsFirstOnes() {
        Uploader uploader = uploader(small.withDedup(false, 100_000));
        byte[] old = random(1, 1_500_000);
        byte[] fresh = random(2, 2_500_000);
        upload(uploader, old);
        storage.loseAll();
        UploadSession session = uploader.newSession();
        add(session, fresh);
        byte[] both = concat(old, fresh);
        UploadedContent file = add(session, both);
        assertThat(file.newBytes()).isLessThan(1_500_000);

        session.finish().block(WAIT);

        assertThat(storage.content(file.hash())).isEqualTo(both);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void lostXorb_isNotTriedAgainByLaterSessions(boolean answered) {
        storage.withDedupAnswers(ContentHash.parse(KEY), Long.MAX_VALUE);
        byte[] content = random(1, 2_500_000);
        Uploader uploader = uploader(small);
        ContentHash hash = upload(uploader, content).hash();
        if (answered) {
            uploader = uploader(small); // knows by storage's answers alone, which are keyed
        }
        UploadSession knowing = uploader.newSession();
        assertThat(add(knowing, content).reusedBytes()).isPositive();
        knowing.abort();
        xorbs(hash).forEach(storage::lose);
        // Other chunks before it make other xorbs.
        upload(uploader, concat(random(2, 300_000), content));
        int tries = faulty.calls(StorageRoute.SHARD_UPLOAD);

        upload(uploader, concat(random(3, 300_000), content));

        assertThat(faulty.calls(StorageRoute.SHARD_UPLOAD)).isEqualTo(tries + 1);
    }

    @Test
    void lostXorbOfAFailedSession_isNotTriedAgainByLaterSessions() {
        faulty.plan(
                (route, call) -> route == StorageRoute.SHARD_UPLOAD && call == 1 ? Mono.error(broken()) : Mono.empty());
        Uploader uploader = uploader(small.withDedup(false, 100_000));
        byte[] content = random(1, 900_000);
        UploadSession first = uploader.newSession();
        add(first, content);
        failure(first.finish());
        storage.loseAll();
        upload(uploader, concat(random(2, 300_000), content));
        int tries = faulty.calls(StorageRoute.SHARD_UPLOAD);

        upload(uploader, concat(random(3, 300_000), content));

        assertThat(faulty.calls(StorageRoute.SHARD_UPLOAD)).isEqualTo(tries + 1);
    }

    @Test
    void xorbsOfARefusedSession_areNotTrusted() {
        Uploader uploader = uploader(small.withDedup(false, 100_000));
        byte[] content = random(1, 900_000);
        faulty.plan((route, call) -> route == StorageRoute.SHARD_UPLOAD
                ? Mono.error(new StorageException(StorageException.Kind.REJECTED, "no"))
                : Mono.empty());
        UploadSession refused = uploader.newSession();
        add(refused, content);
        assertThat(failure(refused.finish()).kind()).isEqualTo(StorageException.Kind.REJECTED);
        faulty.plan((route, call) -> Mono.empty());

        assertThat(upload(uploader, content).newBytes()).isEqualTo(content.length);
    }

    @Test
    void whatIsForgotten_isWhatWasTrusted_notWhatTheSessionStored() {
        byte[] content = random(1, 900_000);
        List<ContentHash> forgotten = new ArrayList<>();
        Uploader uploader = uploader(small.withDedup(false, 100_000), forgettingTo(forgotten::add));
        List<ContentHash> lost = xorbs(upload(uploader, content).hash());
        storage.loseAll();

        upload(uploader, concat(content, random(2, 2_500_000)));

        assertThat(forgotten).containsExactlyElementsOf(lost);
    }

    private static RememberedChunks forgettingTo(Consumer<ContentHash> sink) {
        return new RememberedChunks() {
            @Override
            public @Nullable KnownRun find(List<Chunk> chunks, int from, int to) {
                return null;
            }

            @Override
            public void forget(ContentHash xorb) {
                sink.accept(xorb);
            }
        };
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void xorbThatStorageLostButStillNames_isDoneWithout_afterItFailedAtTheShard(boolean keyed) {
        storage.withDedupAnswers(keyed ? ContentHash.parse(KEY) : ContentHash.ZERO, Long.MAX_VALUE);
        byte[] content = random(1, 2_500_000);
        ContentHash hash = upload(uploader(small), content).hash();
        xorbs(hash).forEach(storage::loseUnnoticed);
        faulty.falsifyRefusals(refusal -> FaultyStorage.serverFault());
        Uploader other = uploader(small);
        UploadSession session = other.newSession();
        assertThat(add(session, content).reusedBytes()).isPositive();
        assertThat(failure(session.finish()).isServerFault()).isTrue();

        upload(other, content);

        assertThat(storage.content(hash)).isEqualTo(content);
        assertThat(upload(other, content).newBytes()).as("known again").isZero();
    }
}
