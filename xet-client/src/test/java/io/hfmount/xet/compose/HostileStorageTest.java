package io.hfmount.xet.compose;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.xet.LocalBase;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.cas.PlanAnswers;
import io.hfmount.xet.cas.WindowAnswers;
import io.hfmount.xet.compose.Composing.Change;
import io.hfmount.xet.testing.HostileJson;
import io.hfmount.xet.vectors.VectorInput;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Whatever storage answers while a file is composed, the file comes out right, or the composition fails as declared and
 * nothing is registered; and it ends.
 */
class HostileStorageTest {
    private static final byte[] CONTENT = VectorInput.random(81, 900_000);
    private static final List<Change> CHANGES = List.of(
            Change.of(300_000, 300_100, VectorInput.random(1, 150)),
            Change.of(890_000, 890_000, VectorInput.random(2, 100)));

    private static Composing composing;
    private static UploadedContent base;

    @BeforeContainer
    static void upload() {
        composing = new Composing(Composing.SMALL.withXorbLimits(140_000, 50));
        composing.storage.withAlignedWindows(false);
        base = composing.upload(CONTENT);
        composing.restart(null);
    }

    @AfterContainer
    static void close() {
        composing.close();
    }

    private static void reset() {
        composing.faulty.falsifyWindows(answer -> answer);
        composing.faulty.falsifyPlans(plan -> plan);
        composing.faulty.falsifyData(bytes -> bytes);
    }

    /** An edit that no other try made, so that a file that is registered is one of this try. */
    private static void composeUnder(Random random) {
        byte[] own = VectorInput.random(random.nextLong(), 150);
        List<Change> changes = List.of(Change.of(300_000, 300_100, own), CHANGES.getLast());
        int files = composing.storage.fileCount();
        UploadSession session = composing.store.newUploadSession();
        try {
            UploadedContent composed = session.compose(
                            base.hash(),
                            base.size(),
                            changes.stream().map(Change::edit).toList(),
                            LocalBase.none())
                    .block(Composing.WAIT);
            session.finish().block(Composing.WAIT);
            composing.assertIs(composed, Composing.apply(CONTENT, changes));
        } catch (StorageException refused) {
            session.abort();
            assertThat(refused.getMessage())
                    .isNotBlank()
                    .doesNotContain("http://memory/")
                    .as("nothing that nobody thought of")
                    .doesNotContain("the upload failed: ");
            assertThat(composing.storage.fileCount()).as("files registered").isEqualTo(files);
        } finally {
            reset();
        }
    }

    @Property(tries = 400, shrinking = ShrinkingMode.OFF)
    void windowsAnswer_mutated(@ForAll long seed) {
        Random random = new Random(seed);
        composing.faulty.falsifyWindows(
                answer -> WindowAnswers.parse(base.hash(), HostileJson.of(WindowAnswers.json(answer), random)));
        composeUnder(random);
    }

    @Property(tries = 400, shrinking = ShrinkingMode.OFF)
    void reconstruction_mutated(@ForAll long seed) {
        Random random = new Random(seed);
        AtomicInteger until = new AtomicInteger(random.nextInt(4));
        composing.faulty.falsifyPlans(plan -> until.getAndDecrement() == 0
                ? PlanAnswers.parse(plan, HostileJson.of(PlanAnswers.json(plan, random.nextBoolean()), random))
                : plan);
        composeUnder(random);
    }

    @Property(tries = 300, shrinking = ShrinkingMode.OFF)
    void chunks_mutated(@ForAll long seed) {
        Random random = new Random(seed);
        composing.faulty.falsifyData(bytes -> {
            byte[] wrong = bytes.clone();
            for (int i = random.nextInt(3); i >= 0; i--) {
                int at = random.nextBoolean() ? random.nextInt(wrong.length) : random.nextInt(24);
                wrong[at] = (byte) random.nextInt();
            }
            return random.nextInt(4) == 0 ? Arrays.copyOf(wrong, random.nextInt(wrong.length + 50)) : wrong;
        });
        composeUnder(random);
    }
}
