package io.hfmount.agent.flush;

import static io.hfmount.agent.flush.FakeStore.hash;
import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.flush.ModelPublication.File;
import io.hfmount.hub.FaultyBucketHub.Call;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a failed rename took away is put back over what the rename left, and over nothing else. */
class PutBackTest {
    private final FlushWorld world = new FlushWorld();

    @AfterEach
    void quiet() {
        world.assertQuiet();
    }

    private File toPutBack() {
        world.putRemotely("b", "of the rename");
        File b = world.fs.write("b", "before");
        b.restoresOver = Set.of(hash("of the rename"));
        world.pipeline.dirty(b.ino);
        return b;
    }

    @Test
    void contentThatTheRenameLeft_isReplaced() {
        File b = toPutBack();
        world.pass(2);
        assertThat(world.remote()).containsExactly(Map.entry("b", hash("before")));
        assertThat(b.isDirty()).isFalse();
    }

    @Test
    void contentOfOthers_stays_andNothingIsSent() {
        File b = toPutBack();
        world.putRemotely("b", "of others");
        world.pass(60);
        assertThat(world.remote()).containsExactly(Map.entry("b", hash("of others")));
        assertThat(world.batches()).isEmpty();
        assertThat(b.isDirty()).isFalse();
        assertThat(b.errors).isEmpty();
        assertThat(world.pipeline.status().queueDepth()).isZero();
    }

    @Test
    void hubThatCannotBeAsked_isToldNothing_andAskedAgain() {
        File b = toPutBack();
        File c = world.save("c", "one");
        for (int i = 0; i < 3; i++) {
            world.hub.refuseNext(Call.PATHS_INFO, 503);
        }
        world.pass(2 + 1.9); // two repeats, after about 0.5 and 1 s
        assertThat(b.isDirty()).isTrue();
        assertThat(b.errors).hasSize(1);
        assertThat(world.remote()).containsEntry("b", hash("of the rename"));
        assertThat(c.isDirty()).as("the others go on").isFalse();
        world.pass(5);
        assertThat(world.remote()).containsEntry("b", hash("before"));
        assertThat(b.isDirty()).isFalse();
    }

    @Test
    void fileThatWasChangedAfterItsSeal_isSealedAnew() {
        File b = toPutBack();
        world.fs.hooks.put("stillToRestore b", () -> world.fs.change(b, "mine"));
        world.pass(10);
        assertThat(world.remote()).containsExactly(Map.entry("b", hash("mine")));
        assertThat(world.batches()).hasSize(1);
    }
}
