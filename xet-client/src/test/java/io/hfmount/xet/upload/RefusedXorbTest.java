package io.hfmount.xet.upload;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.cas.StorageRoute;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.testing.ArraySource;
import io.hfmount.xet.testing.FaultyStorage;
import io.hfmount.xet.testing.MemoryStorage;
import io.hfmount.xet.vectors.VectorInput;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * A xorb that storage refuses while the session waits for it. All work runs on the test's thread, and storage answers when
 * it is told to: the session's end is there first, and a future calls the callback that came last first. So the session
 * hears of the failure before anything that was to happen beside it.
 */
class RefusedXorbTest {
    private static final Duration WAIT = Duration.ofSeconds(60);
    private static final ContentHash OTHERS = new ContentHash(1, 2, 3, 4);

    private final FaultyStorage storage = new FaultyStorage(new MemoryStorage());
    private final List<ContentHash> forgotten = new ArrayList<>();

    /** Knows the first few chunks of {@code content}. */
    private RememberedChunks remembering(byte[] content) {
        List<Chunk> known = Chunker.chunksOf(content).subList(0, 5);
        return new RememberedChunks() {
            @Override
            public @Nullable KnownRun find(List<Chunk> chunks, int from, int to) {
                int at = known.indexOf(chunks.get(from));
                return at < 0 ? null : new KnownRun(OTHERS, at, 1, KnownRun.Source.INDEX);
            }

            @Override
            public void forget(ContentHash xorb) {
                forgotten.add(xorb);
            }
        };
    }

    @Test
    void refusalOfAXorb_isNotTakenForThatOfAShard() {
        byte[] content = VectorInput.random(1, 3_000_000);
        Sinks.Empty<Void> answer = Sinks.empty();
        storage.plan((route, call) -> route == StorageRoute.XORB_UPLOAD ? answer.asMono() : Mono.empty());
        UploadSettings settings = UploadSettings.defaults().withDedup(false, 0);
        Uploader uploader = new Uploader(
                storage, settings, Runnable::run, UploadListener.NONE, remembering(content), InstantSource.system());
        UploadSession session = uploader.newSession();
        UploadedContent file = session.add(ArraySource.of(content)).block(WAIT);
        assertThat(file.reusedBytes()).isPositive();
        AtomicReference<Throwable> outcome = new AtomicReference<>();
        session.finish().subscribe(sent -> {}, outcome::set);
        assertThat(storage.calls(StorageRoute.XORB_UPLOAD)).isEqualTo(1);
        assertThat(outcome).hasNullValue();

        answer.tryEmitError(new StorageException(StorageException.Kind.REJECTED, "scripted"));

        assertThat(outcome.get()).hasMessage("scripted");
        assertThat(forgotten).isEmpty();
        assertThat(storage.calls(StorageRoute.XORB_UPLOAD)).as("xorbs sent").isEqualTo(1);
        assertThat(storage.calls(StorageRoute.SHARD_UPLOAD)).isZero();
    }
}
