package io.hfmount.e2e.exercise;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.e2e.live.HubProcess;
import io.hfmount.e2e.live.LiveProcesses;
import io.hfmount.e2e.live.SidecarProcess;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random writes, truncations, mapped reads and writes, punched holes, closes, flushes and remounts of one file, beside a
 * plain array. The seed is printed; {@code -Dexercise.seed=N} repeats a sequence.
 */
class FileExerciserTest {
    private static final int MAX_SIZE = 3 << 20;
    /** Everything larger than a few bytes is edited without a download, so that holes are the rule. */
    private static final Map<String, String> OPTIONS = Map.of("sparseMinSize", "1");

    @RegisterExtension
    final LiveProcesses processes = LiveProcesses.ofTest();

    @Test
    @Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void fiveThousandOperations_showEveryByteAsWritten() throws Exception {
        exercise(5_000, 60);
    }

    @Test
    @Tag("slow")
    @Timeout(value = 2400, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void fiftyThousandOperations_showEveryByteAsWritten() throws Exception {
        exercise(50_000, 60);
    }

    @ParameterizedTest
    @ValueSource(strings = {"aligned", "plain"})
    @Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void everyStepOfFifty_isPublishedAsItIs(String windows) throws Exception {
        paranoid(50, windows);
    }

    @ParameterizedTest
    @ValueSource(strings = {"aligned", "plain"})
    @Tag("slow")
    @Timeout(value = 1200, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void everyStepOfFiveHundred_isPublishedAsItIs(String windows) throws Exception {
        paranoid(500, windows);
    }

    private void exercise(int operations, int boundary) throws IOException {
        long seed = seed();
        try (MountedBucket mount = mount("aligned");
                FileExercise exercise = new FileExercise(mount, "exercised.bin", seed, MAX_SIZE)) {
            for (int i = 0; i < operations; i++) {
                exercise.step(boundary);
            }
            exercise.flushAndCompare();
            exercise.remount();
            assertThat(mount.view().path("dirtyFiles").longValue()).isZero();
        }
    }

    private void paranoid(int steps, String windows) throws IOException {
        long seed = seed();
        try (MountedBucket mount = mount(windows);
                FileExercise exercise = new FileExercise(mount, "exercised.bin", seed, MAX_SIZE)) {
            exercise.change();
            for (int i = 0; i < steps; i++) {
                exercise.change();
                exercise.flushAndCompare();
                if (i % 10 == 9) {
                    exercise.remount();
                }
            }
        }
    }

    private static long seed() {
        long seed = Long.getLong("exercise.seed", ThreadLocalRandom.current().nextLong());
        System.out.println("exercise.seed=" + seed);
        return seed;
    }

    private MountedBucket mount(String windows) throws IOException {
        HubProcess hub = processes.hub("--windows", windows);
        SidecarProcess sidecar = processes.sidecar(hub);
        return new MountedBucket(hub, sidecar, hub.createBucket("exercise"), processes.newDirectory("mount"), OPTIONS);
    }
}
