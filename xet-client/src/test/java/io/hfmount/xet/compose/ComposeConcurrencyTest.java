package io.hfmount.xet.compose;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.LocalBase;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.compose.Composing.Change;
import io.hfmount.xet.vectors.VectorInput;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Compositions side by side, over one store and one index, are what each would be alone. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ComposeConcurrencyTest {
    private static final int WRITERS = 4;
    private static final int ROUNDS = 8;
    private static final byte[] CONTENT = VectorInput.random(71, 1_500_000);

    @TempDir
    private Path folder;

    private final Composing composing = new Composing();

    @AfterEach
    void close() {
        composing.close();
    }

    private static Change change(Random random, int size) {
        int start = random.nextInt(size + 1);
        int end = start + random.nextInt(Math.min(size - start, 50_000) + 1);
        return Change.of(start, end, VectorInput.random(random.nextLong(), random.nextInt(50_000)));
    }

    /** As in P717's stress_parallel: chains of edits of one file, each writer in sessions of its own. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void stressParallelChains(boolean known) throws Exception {
        long seed = Long.getLong("compose.seed", ThreadLocalRandom.current().nextLong());
        System.out.println("compose.seed=" + seed);
        composing.storage.withAlignedWindows(known);
        UploadedContent base = composing.upload(CONTENT);
        composing.restart(known ? folder : null);
        try (ExecutorService pool = Executors.newFixedThreadPool(WRITERS)) {
            List<Future<?>> writers = new ArrayList<>();
            for (int writer = 0; writer < WRITERS; writer++) {
                Random random = new Random(seed + writer);
                writers.add(pool.submit(() -> {
                    UploadedContent file = base;
                    byte[] content = CONTENT;
                    for (int round = 0; round < ROUNDS; round++) {
                        List<Change> changes = List.of(change(random, content.length));
                        file = composing.compose(file, changes, LocalBase.none());
                        content = Composing.apply(content, changes);
                        composing.assertIs(file, content);
                    }
                }));
            }
            for (Future<?> writer : writers) {
                writer.get(150, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void compositionsOfOneSession_atOnce_areEachTheirOwn() {
        UploadedContent base = composing.upload(CONTENT);
        composing.restart(folder);
        Random random = new Random(72);
        Map<ContentHash, byte[]> expected = new LinkedHashMap<>();
        UploadSession session = composing.store.newUploadSession();
        List<Mono<UploadedContent>> all = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            List<Change> changes = List.of(change(random, CONTENT.length));
            all.add(session.compose(
                            base.hash(), base.size(), List.of(changes.getFirst().edit()), LocalBase.none())
                    .doOnNext(composed -> {
                        synchronized (expected) {
                            expected.put(composed.hash(), Composing.apply(CONTENT, changes));
                        }
                    }));
        }
        Flux.merge(Flux.fromIterable(all), 16).blockLast(Composing.WAIT);
        session.finish().block(Composing.WAIT);
        assertThat(expected).hasSize(16);
        expected.forEach(
                (hash, content) -> composing.assertIs(new UploadedContent(hash, content.length, 0, 0), content));
    }
}
