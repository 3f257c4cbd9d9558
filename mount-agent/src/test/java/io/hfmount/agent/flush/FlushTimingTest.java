package io.hfmount.agent.flush;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.flush.ModelPublication.File;
import io.hfmount.xet.StorageException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** mount-semantics §3.1 (signals and timing) and §3.8 (retry). */
class FlushTimingTest {
    private final FlushWorld world = new FlushWorld();

    @AfterEach
    void quiet() {
        world.assertQuiet();
    }

    @Test
    void oneSignal_isPublishedAfterTheDebounce() {
        world.save("a", "one");
        world.pass(1.999);
        assertThat(world.batches()).isEmpty();
        world.pass(0.001);
        assertThat(world.batches()).containsExactly(List.of("+a"));
    }

    @Test
    void everySignal_restartsTheDebounce() {
        File a = world.save("a", "one");
        for (int i = 0; i < 5; i++) {
            world.pass(1.5);
            world.pipeline.dirty(a.ino);
        }
        assertThat(world.batches()).isEmpty();
        world.pass(2);
        assertThat(world.batches()).containsExactly(List.of("+a"));
    }

    @Test
    void constantSignals_arePublishedAtTheEndOfTheWindow() {
        File a = world.save("a", "one");
        for (int i = 1; i < 30; i++) {
            world.pass(1);
            world.pipeline.dirty(a.ino);
        }
        assertThat(world.batches()).isEmpty();
        world.pass(1);
        assertThat(world.batches()).containsExactly(List.of("+a"));
    }

    @Test
    void filesDueTogether_shareASessionAndABatch() {
        world.save("a", "one");
        world.save("b", "two");
        world.pass(2);
        assertThat(world.store.sessions).hasSize(1);
        assertThat(world.store.sessions.getFirst().contents).containsExactly("one", "two");
        assertThat(world.batches()).containsExactly(List.of("+a", "+b"));
    }

    @Test
    void staleSignals_areDroppedSilently() {
        File a = world.published("a", "one");
        File b = world.fs.write("b", "two");
        world.fs.unlink(b);
        int sessions = world.store.sessions.size();
        world.pipeline.dirty(a.ino);
        world.pipeline.dirty(b.ino);
        world.pipeline.dirty(999);
        world.pass(60);
        assertThat(world.store.sessions).hasSize(sessions);
        assertThat(world.pipeline.status().queueDepth()).isZero();
        assertThat(world.flushed).hasSize(1);
    }

    @Test
    void openFileThatNobodySignals_isPublishedWhenOldAndIdle() {
        File a = world.fs.write("a", "one");
        a.open = true;
        world.pass(29.9);
        assertThat(world.batches()).isEmpty();
        world.pass(5.1); // the sweep looks every 5 s
        assertThat(world.batches()).containsExactly(List.of("+a"));
    }

    @Test
    void openFileThatIsNeverIdle_isPublishedAfterTenWindows() {
        File a = world.fs.write("a", "one");
        a.open = true;
        for (int second = 1; second < 300; second++) {
            world.pass(1);
            world.fs.change(a, "one" + second);
        }
        assertThat(world.batches()).isEmpty();
        world.pass(1);
        assertThat(world.batches()).containsExactly(List.of("+a"));
        assertThat(a.isDirty()).isFalse();
    }

    @Test
    void closedFileWhoseSignalWasLost_isFoundBySweeping() {
        world.fs.write("a", "one");
        world.pass(5);
        assertThat(world.batches()).containsExactly(List.of("+a"));
    }

    @Test
    void failures_areRetriedAfterDoublingWaitsUpToFiveMinutes_H08c() {
        for (int i = 0; i < 12; i++) {
            world.store.failNextAdd("one", StorageException.Kind.CORRUPT);
        }
        world.save("a", "one");
        world.pass(2);
        double[] waits = {1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300};
        int tries = 1;
        for (double wait : waits) {
            assertThat(world.store.sessions).hasSize(tries);
            world.pass(wait - 0.001);
            assertThat(world.store.sessions).as("before %s s are over", wait).hasSize(tries);
            world.pass(0.001);
            tries++;
            assertThat(world.store.sessions).as("after %s s", wait).hasSize(tries);
        }
        world.pass(300);
        assertThat(world.batches()).containsExactly(List.of("+a"));
        assertThat(world.retried).isEqualTo(12);
    }

    @Test
    void newSignal_endsTheWaitOfAFailure() {
        for (int i = 0; i < 5; i++) {
            world.store.failNextAdd("one", StorageException.Kind.CORRUPT);
        }
        File a = world.save("a", "one");
        world.pass(2 + 1 + 2 + 4 + 8);
        assertThat(world.store.sessions).hasSize(5);
        world.pipeline.dirty(a.ino);
        world.pass(2);
        assertThat(world.batches()).containsExactly(List.of("+a"));
    }

    @Test
    void waitOfOneFile_doesNotHoldBackAnother_H08b() {
        for (int i = 0; i < 6; i++) {
            world.store.failNextAdd("bad", StorageException.Kind.CORRUPT);
        }
        world.save("bad", "bad");
        world.pass(20);
        world.save("good", "good");
        world.pass(2);
        assertThat(world.batches()).containsExactly(List.of("+good"));
    }

    @Test
    void modificationTime_isThatOfTheLastWrite_H74() {
        world.pass(100);
        world.save("a", "one");
        world.pass(2);
        assertThat(world.bucket.files().get("a").mtime().getEpochSecond()).isEqualTo(100);
    }
}
