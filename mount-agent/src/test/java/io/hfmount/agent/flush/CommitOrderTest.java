package io.hfmount.agent.flush;

import static io.hfmount.agent.flush.FakeStore.hash;
import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.flush.ModelPublication.File;
import io.hfmount.agent.fs.HubState;
import io.hfmount.hub.FaultyBucketHub.Call;
import io.hfmount.model.ContentHash;
import io.hfmount.model.api.FlushedFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Sinks;

/** mount-semantics §3.6: what is sent in which order, and what is not sent. */
class CommitOrderTest {
    private final FlushWorld world = new FlushWorld(FlushWorld.settings(4, 1 << 20));

    @AfterEach
    void quiet() {
        world.assertQuiet();
    }

    @Test
    void refusedOperation_concernsItsFileAlone_H53() {
        File good = world.save("good", "one");
        File bad = world.save("bad", "two");
        world.hub.refuseNextOperations(Map.of("bad", "xet file was not found in storage"));
        world.pass(2);
        assertThat(good.isDirty()).isFalse();
        assertThat(bad.isDirty()).isTrue();
        assertThat(bad.hubState).isEqualTo(new HubState.Absent());
        assertThat(bad.errors).hasSize(1);
        assertThat(bad.errors.getFirst().errno().name()).isEqualTo("EIO");
        assertThat(good.errors).isEmpty();
        world.pass(1);
        assertThat(bad.isDirty()).isFalse();
        assertThat(world.remote()).containsOnlyKeys("bad", "good");
    }

    @Test
    void thousandAndOneAdds_areTwoRequestsInOrder_H54() {
        for (int i = 0; i < 1001; i++) {
            world.save("f" + i, "content " + i);
        }
        world.pass(2);
        assertThat(world.batches()).extracting(List::size).containsExactly(1000, 1);
        assertThat(world.batches().get(1)).containsExactly("+f1000");
        assertThat(world.fs.dirtyFiles()).isEmpty();
        assertThat(world.store.sessions).hasSize(1);
    }

    @Test
    void thousandAndOneDeletes_areTwoRequests_H54() {
        for (int i = 0; i < 1001; i++) {
            world.putRemotely("f" + i, "x");
            world.fs.queueDelete("f" + i, Set.of(hash("x")));
        }
        world.pipeline.deletesQueued();
        world.pass(2);
        assertThat(world.batches()).extracting(List::size).containsExactly(1000, 1);
        assertThat(world.remote()).isEmpty();
        assertThat(world.fs.deletesQueued()).isZero();
    }

    @Test
    void oldNameOfARenamedFile_isDeletedAfterItsAdd_H55_H57() {
        File a = world.published("a", "one");
        world.fs.change(a, "two");
        world.fs.rename(a, "b");
        world.pipeline.dirty(a.ino);
        world.pass(2);
        assertThat(world.batches()).containsExactly(List.of("+a"), List.of("+b"), List.of("-a"));
        assertThat(world.remote()).containsExactly(Map.entry("b", hash("two")));
        assertThat(a.isDirty()).isFalse();
        // reported committed only when the old name was gone, so that it stayed a tombstone (H-91)
        assertThat(world.fs.log.indexOf("beginDelete a")).isLessThan(world.fs.log.lastIndexOf("committed b"));
    }

    @Test
    void oldNameOfAFileWhoseAddWasRefused_isNotDeleted_H55() {
        File a = world.published("a", "one");
        world.fs.change(a, "two");
        world.fs.rename(a, "b");
        world.pipeline.dirty(a.ino);
        world.hub.refuseNextOperations(Map.of("b", "no"));
        world.pass(2);
        assertThat(world.remote()).containsExactly(Map.entry("a", hash("one")));
        world.pass(1);
        assertThat(world.remote()).containsExactly(Map.entry("b", hash("two")));
    }

    @Test
    void oldNameWhoseDeleteIsRefused_isQueuedAndGoesLater() {
        File a = world.published("a", "one");
        world.fs.rename(a, "b");
        world.pipeline.dirty(a.ino);
        world.hub.refuseNextOperations(Map.of());
        world.hub.refuseNextOperations(Map.of("a", "not now"));
        world.pass(2);
        assertThat(a.isDirty()).isFalse();
        assertThat(world.fs.log).contains("requeue a");
        world.pass(5);
        assertThat(world.remote()).containsOnlyKeys("b");
        assertThat(world.fs.deletesQueued()).isZero();
    }

    @Test
    void fileRenamedDuringItsUpload_isNotPublishedUnderTheOldName_H57() {
        File a = world.save("a", "one");
        world.fs.hooks.put("read a", () -> {
            world.fs.rename(a, "b");
            world.pipeline.dirty(a.ino);
        });
        world.pass(10);
        assertThat(world.batches()).containsExactly(List.of("+b"));
        assertThat(a.isDirty()).isFalse();
    }

    @Test
    void fileUnlinkedDuringItsUpload_isNotPublished_H59() {
        File a = world.save("a", "one");
        world.fs.hooks.put("read a", () -> world.unlink(a));
        world.pass(60);
        assertThat(world.batches()).isEmpty();
        assertThat(a.errors).isEmpty();
    }

    @Test
    void fileUnlinkedWhileItsCommitIsInFlight_isDeletedAfterwards_H59() {
        File a = world.save("a", "one");
        Sinks.Empty<Void> gate = Sinks.empty();
        world.hub.holdNext(Call.BATCH, gate.asMono());
        world.pass(2);
        world.unlink(a); // hubState is UNKNOWN, so a delete is queued
        world.pass(10);
        assertThat(world.batches()).isEmpty();
        gate.tryEmitEmpty();
        world.pass(10);
        assertThat(world.batches()).containsExactly(List.of("+a"), List.of("-a"));
        assertThat(world.remote()).isEmpty();
    }

    @Test
    void deleteAskedForWhileAnAddWasDirty_waitsForThatAdd_H56() {
        // cp a b; rm a
        File a = world.published("a", "one");
        File b = world.save("b", "copy");
        for (int i = 0; i < 3; i++) {
            world.store.failNextAdd("copy", io.hfmount.xet.StorageException.Kind.CORRUPT);
        }
        world.unlink(a);
        world.pass(8.9); // tries at 2, 3, 5 s fail
        assertThat(world.remote()).as("neither lost").containsOnlyKeys("a");
        assertThat(b.isDirty()).isTrue();
        world.pass(0.1);
        assertThat(world.batches()).containsExactly(List.of("+a"), List.of("+b"), List.of("-a"));
    }

    @Test
    void deleteAskedForBeforeAnAddBecameDirty_doesNotWaitForIt_H56() {
        File a = world.published("a", "one");
        world.unlink(a);
        for (int i = 0; i < 9; i++) {
            world.store.failNextAdd("later", io.hfmount.xet.StorageException.Kind.CORRUPT);
        }
        world.save("b", "later");
        world.pass(2);
        assertThat(world.remote()).isEmpty();
    }

    @Test
    void addThatCannotSucceed_holdsBackNoDelete_H90() {
        File a = world.published("a", "one");
        File b = world.save("b", "too much");
        world.unlink(a);
        world.store.failNextAdd("too much", io.hfmount.xet.StorageException.Kind.NO_SPACE);
        world.pass(2);
        assertThat(b.errors).extracting(e -> e.errno().name()).containsExactly("ENOSPC");
        assertThat(world.fs.log).contains("cannotSucceed b");
        assertThat(world.remote()).as("the quota is freed").isEmpty();
        world.pass(1);
        assertThat(world.remote()).containsOnlyKeys("b");
        assertThat(b.cannotSucceed).isFalse();
    }

    @Test
    void deleteOfAPathThatSomebodyElseChanged_isDropped_H61() {
        File a = world.published("a", "one");
        world.putRemotely("a", "foreign");
        world.unlink(a);
        world.pass(2);
        assertThat(world.remote()).containsExactly(Map.entry("a", hash("foreign")));
        assertThat(world.fs.deletesQueued()).isZero();
    }

    @Test
    void deleteOfAnAbsentPath_isDoneWithoutARequest_H61() {
        File a = world.published("a", "one");
        world.bucket.removeRemotely("a");
        world.unlink(a);
        world.pass(2);
        assertThat(world.hub.calls(Call.BATCH)).isEqualTo(1);
        assertThat(world.fs.deletesQueued()).isZero();
    }

    @Test
    void deleteOfContentOutsideXetStorage_isNotOurs_H61() {
        world.fs.queueDelete("a", Set.of(ContentHash.ONES));
        world.bucket.putRemotely("a", null, 3, java.time.Instant.EPOCH);
        world.pipeline.deletesQueued();
        world.pass(2);
        assertThat(world.remote()).containsOnlyKeys("a");
        assertThat(world.fs.deletesQueued()).isZero();
    }

    @Test
    void pathCreatedAnewBeforeItsDeleteIsSent_isNotDeleted_H61() {
        // mv a b; create a, with the very same content: only the cancellation can save it
        File a = world.published("a", "same");
        world.fs.change(a, "other");
        world.fs.rename(a, "b");
        world.pipeline.dirty(a.ino);
        world.fs.hooks.put("beginCommit b", () -> {
            world.fs.write("a", "same");
            world.putRemotely("a", "same");
        });
        world.pass(10);
        assertThat(world.remote()).containsOnlyKeys("a", "b");
        assertThat(world.batches().stream().flatMap(List::stream)).doesNotContain("-a");
    }

    @Test
    void queuedDeleteCancelledDuringTheLookUp_isNotSent_H61() {
        File a = world.published("a", "one");
        Sinks.Empty<Void> gate = Sinks.empty();
        world.hub.holdNext(Call.PATHS_INFO, gate.asMono());
        world.unlink(a);
        world.pass(2);
        File again = world.save("a", "one");
        gate.tryEmitEmpty();
        world.pass(2);
        assertThat(world.remote()).containsOnlyKeys("a");
        assertThat(again.isDirty()).isFalse();
        assertThat(world.batches().stream().flatMap(List::stream)).doesNotContain("-a");
    }

    @Test
    void addOfARecreatedFile_isSentAfterTheAnswerToTheDeleteInFlight_H61() {
        File a = world.published("a", "one");
        Sinks.Empty<Void> gate = Sinks.empty();
        world.hub.holdNext(Call.BATCH, gate.asMono());
        world.unlink(a);
        world.pass(2);
        world.save("a", "new");
        world.pass(10);
        assertThat(world.batches()).hasSize(1);
        gate.tryEmitEmpty();
        world.pass(1);
        assertThat(world.batches()).containsExactly(List.of("+a"), List.of("-a"), List.of("+a"));
        assertThat(world.remote()).containsExactly(Map.entry("a", hash("new")));
    }

    @Test
    void deleteThatFailsPassingly_isRetriedAndLookedUpAgain_H61() {
        File a = world.published("a", "one");
        world.unlink(a);
        world.hub.refuseNext(Call.BATCH, 503);
        world.pass(2);
        world.putRemotely("a", "foreign"); // before the repeat half a second later
        world.pass(2);
        assertThat(world.remote()).containsExactly(Map.entry("a", hash("foreign")));
    }

    @Test
    void deletesWhoseLookUpFails_stayQueuedAndComeAgain() {
        File a = world.published("a", "one");
        world.unlink(a);
        world.hub.refuseNext(Call.PATHS_INFO, 403);
        world.pass(2);
        assertThat(world.fs.queuedPaths()).containsExactly("a");
        world.pass(1);
        assertThat(world.remote()).isEmpty();
        assertThat(world.flushed)
                .filteredOn(f -> f.route() == FlushedFile.Route.DELETE)
                .extracting(FlushedFile::result)
                .containsExactly(FlushedFile.Result.FAILED, FlushedFile.Result.PUBLISHED);
    }

    @Test
    void sameContentAsOnTheHub_isNoRequest() {
        File a = world.published("a", "one");
        int batches = world.hub.calls(Call.BATCH);
        world.fs.change(a, "one");
        world.pipeline.dirty(a.ino);
        world.pass(2);
        assertThat(a.isDirty()).isFalse();
        assertThat(world.hub.calls(Call.BATCH)).isEqualTo(batches);
        assertThat(world.store.sessions.getLast().finished)
                .as("nothing is registered")
                .isFalse();
        assertThat(world.store.sessions.getLast().aborted).isTrue();
        assertThat(world.flushed.getLast().route()).isEqualTo(FlushedFile.Route.NOOP);
    }

    @Test
    void contentOfLongAgo_isSentAgainWhenTheHubHasNewer_H58() {
        File a = world.published("a", "A");
        world.fs.change(a, "B");
        world.pipeline.dirty(a.ino);
        // changed back while B is being uploaded: B is committed, the file stays dirty
        world.fs.hooks.put("beginCommit a", () -> {
            world.fs.change(a, "A");
            world.pipeline.dirty(a.ino);
        });
        world.pass(2);
        assertThat(world.remote()).containsExactly(Map.entry("a", hash("B")));
        world.pass(2);
        assertThat(world.remote()).containsExactly(Map.entry("a", hash("A")));
        assertThat(a.isDirty()).isFalse();
    }

    @Test
    void noOpThatIsNoneAnyMoreAtItsTurn_isUploadedAgainAndSent() {
        File a = world.published("a", "one");
        world.fs.change(a, "one");
        world.pipeline.dirty(a.ino);
        Sinks.Empty<Void> gate = Sinks.empty();
        world.lane.run(() -> gate.asMono()).subscribe();
        world.pass(2); // judged a no-op, waits for its turn
        a.hubState = new HubState.Present(hash("foreign"));
        gate.tryEmitEmpty();
        assertThat(world.hub.calls(Call.BATCH))
                .as("its content was not registered")
                .isEqualTo(1);
        world.pass(1);
        assertThat(world.hub.calls(Call.BATCH)).isEqualTo(2);
        assertThat(world.store.sessions.getLast().finished).isTrue();
        assertThat(a.isDirty()).isFalse();
        assertThat(a.errors).isEmpty();
    }

    @Test
    void addAndDeleteOfOnePath_areNeverInOneRequest_H61() {
        List<File> swapped = new ArrayList<>();
        File a = world.published("a", "1");
        File b = world.published("b", "2");
        // swap by a third name while both are dirty
        world.fs.change(a, "1'");
        world.fs.change(b, "2'");
        world.fs.rename(a, "t");
        world.fs.rename(b, "a");
        world.fs.rename(a, "b");
        swapped.add(a);
        swapped.add(b);
        swapped.forEach(file -> world.pipeline.dirty(file.ino));
        world.pass(5);
        assertThat(world.remote()).containsExactly(Map.entry("a", hash("2'")), Map.entry("b", hash("1'")));
        assertThat(world.fs.deletesQueued()).isZero();
    }
}
