package io.hfmount.agent.flush;

import static io.hfmount.agent.flush.FakeStore.hash;
import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.flush.ModelPublication.File;
import io.hfmount.agent.fs.HubState;
import io.hfmount.hub.FaultyBucketHub.Call;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** H-64: an answer that never came is no answer. The Hub is asked what it has. */
class UnknownOutcomeTest {
    private final FlushWorld world = new FlushWorld();

    @AfterEach
    void quiet() {
        world.assertQuiet();
    }

    @Test
    void appliedWithoutAnAnswer_isCommittedAfterAsking() {
        File a = world.save("a", "one");
        world.hub.loseNextAnswer(Call.BATCH);
        world.pass(2);
        assertThat(world.fs.log).contains("resolved a present", "committed a");
        assertThat(a.isDirty()).isFalse();
        assertThat(a.errors).isEmpty();
        world.pass(600);
        assertThat(world.batches()).as("not published twice").hasSize(1);
    }

    @Test
    void lostOnItsWay_isSentAgainAfterAsking() {
        File a = world.save("a", "one");
        world.hub.loseNextRequest(Call.BATCH);
        world.pass(2);
        assertThat(world.fs.log).contains("resolved a absent");
        assertThat(a.isDirty()).isTrue();
        assertThat(a.errors).hasSize(1);
        world.pass(1);
        assertThat(a.isDirty()).isFalse();
        assertThat(world.batches()).hasSize(1);
    }

    @Test
    void severalFilesOfOneLostAnswer_areJudgedOneByOne() {
        File a = world.save("a", "one");
        File b = world.save("b", "two");
        world.hub.loseNextAnswer(Call.BATCH);
        world.fs.hooks.put("resolved a present", () -> {});
        // somebody replaces b before we ask
        world.hub.holdNext(Call.PATHS_INFO, Mono.fromRunnable(() -> world.putRemotely("b", "foreign")));
        world.pass(2);
        assertThat(a.isDirty()).isFalse();
        assertThat(b.isDirty()).isTrue();
        world.pass(1);
        assertThat(world.remote()).containsExactly(Map.entry("a", hash("one")), Map.entry("b", hash("two")));
    }

    @Test
    void hubThatCannotEvenBeAsked_leavesTheStateUnknownAndIsTriedAgain() {
        File a = world.save("a", "one");
        world.hub.loseNextAnswer(Call.BATCH);
        for (int i = 0; i < 3; i++) {
            world.hub.refuseNext(Call.PATHS_INFO, 503);
        }
        world.pass(2 + 1.9); // two repeats, after about 0.5 and 1 s
        assertThat(a.hubState).isInstanceOf(HubState.Unknown.class);
        assertThat(a.isDirty()).isTrue();
        world.pass(5);
        assertThat(a.isDirty()).isFalse();
        assertThat(a.hubState).isEqualTo(new HubState.Present(hash("one")));
    }

    @Test
    void batchThatHangs_isUnknownAfterTheTimeOut() {
        File a = world.save("a", "one");
        world.hub.holdNext(Call.BATCH, Mono.never());
        world.pass(2 + 299);
        assertThat(world.fs.log).doesNotContain("resolved a absent");
        world.pass(1);
        assertThat(world.fs.log).contains("resolved a absent");
        world.pass(1);
        assertThat(a.isDirty()).isFalse();
    }

    @Test
    void deleteAppliedWithoutAnAnswer_isDone() {
        File a = world.published("a", "one");
        world.unlink(a);
        world.hub.loseNextAnswer(Call.BATCH);
        world.pass(2);
        assertThat(world.fs.deletesQueued()).isZero();
        assertThat(world.batches()).containsExactly(List.of("+a"), List.of("-a"));
    }

    @Test
    void deleteLostOnItsWay_staysQueuedAndGoesLater() {
        File a = world.published("a", "one");
        world.unlink(a);
        world.hub.loseNextRequest(Call.BATCH);
        world.pass(2);
        assertThat(world.fs.queuedPaths()).containsExactly("a");
        world.pass(1);
        assertThat(world.remote()).isEmpty();
        assertThat(world.fs.deletesQueued()).isZero();
    }

    @Test
    void oldNameOfAResolvedFile_goesAsAQueuedDelete() {
        File a = world.published("a", "one");
        world.fs.change(a, "two");
        world.fs.rename(a, "b");
        world.pipeline.dirty(a.ino);
        world.hub.loseNextAnswer(Call.BATCH);
        world.pass(2);
        assertThat(world.fs.log).contains("resolved b present", "requeue a");
        world.pass(5);
        assertThat(world.remote()).containsExactly(Map.entry("b", hash("two")));
    }
}
