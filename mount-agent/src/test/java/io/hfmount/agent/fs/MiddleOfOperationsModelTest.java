package io.hfmount.agent.fs;

import io.hfmount.agent.fs.MeddledWorld.Meddling;
import io.hfmount.agent.fs.MeddledWorld.Step;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.Tuple;

/**
 * Random programs in which looks, polls, reads and changes happen in the middle of what asks or changes the Hub: moves of
 * directories and files, publications, deletes, looks and listings. In the end the Hub and the mount have what was
 * acknowledged, and nothing has gone that was not removed here.
 */
class MiddleOfOperationsModelTest {
    private static final Arbitrary<Integer> ANY = Arbitraries.integers().between(0, 99);

    /** What asks the Hub comes often, moves of directories most of all. */
    private static Arbitrary<ModelAction> actions() {
        return Arbitraries.frequencyOf(
                Tuple.of(2, Arbitraries.of(ModelAction.values())),
                Tuple.of(1, Arbitraries.of(ModelAction.PUT, ModelAction.FLUSH, ModelAction.MKDIR, ModelAction.POLL)),
                Tuple.of(1, Arbitraries.just(ModelAction.MOVE_DIRECTORY)));
    }

    @Provide
    Arbitrary<List<Step>> programs() {
        Arbitrary<Meddling> meddling = Combinators.combine(
                        Arbitraries.integers().between(0, 7), Arbitraries.of(ModelAction.values()), ANY, ANY)
                .as(Meddling::new);
        Arbitrary<Step> any = Combinators.combine(
                        actions(), ANY, ANY, meddling.list().ofMaxSize(3))
                .as(Step::new);
        Arbitrary<Step> movedInTheMiddle = Combinators.combine(
                        ANY, ANY, meddling.list().ofMinSize(1).ofMaxSize(2))
                .as((a, b, others) -> new Step(ModelAction.MOVE_DIRECTORY, a, b, others));
        return Arbitraries.frequencyOf(Tuple.of(3, any), Tuple.of(1, movedInTheMiddle))
                .list()
                .ofMinSize(10)
                .ofMaxSize(40);
    }

    @Property(tries = 250)
    void whateverHappensInTheMiddle_nothingAcknowledgedIsLost(@ForAll("programs") List<Step> program) throws Exception {
        run(program, FsSettings.NEVER_SPARSE);
    }

    /** Every published file is edited sparsely. */
    @Property(tries = 100)
    void whateverHappensInTheMiddle_nothingAcknowledgedIsLost_onSparseFiles(@ForAll("programs") List<Step> program)
            throws Exception {
        run(program, 0);
    }

    @Property(tries = 20_000)
    @Tag("slow")
    void whateverHappensInTheMiddle_forLong(@ForAll("programs") List<Step> program) throws Exception {
        run(program, program.size() % 2 == 0 ? 0 : FsSettings.NEVER_SPARSE);
    }

    private static void run(List<Step> program, long sparseMinSize) throws Exception {
        FsSettings settings = FsSettings.defaults(0, 0).withSparseMinSize(sparseMinSize);
        try (MeddledWorld world = new MeddledWorld(settings)) {
            try {
                int steps = 0;
                for (Step step : program) {
                    world.run(step);
                    if (++steps % 10 == 0) {
                        world.settle();
                    }
                }
                world.finish();
            } catch (Exception | AssertionError e) {
                throw new AssertionError(e + "\n" + String.join("\n", world.log), e);
            }
        }
    }
}
