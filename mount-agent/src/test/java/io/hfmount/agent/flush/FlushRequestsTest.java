package io.hfmount.agent.flush;

import static io.hfmount.agent.flush.FakeStore.hash;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.agent.flush.ModelPublication.File;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.hub.FaultyBucketHub.Call;
import io.hfmount.model.api.FlushedFile;
import io.hfmount.model.api.FlushedFile.Result;
import io.hfmount.model.api.FlushedFile.Route;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.UploadedContent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** fsync, flush-and-wait and drain: §2.11, §3.11. */
class FlushRequestsTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final FlushWorld world = new FlushWorld();
    private final List<FlushResult> results = new ArrayList<>();
    private final List<DrainReport> drains = new ArrayList<>();

    @AfterEach
    void quiet() {
        world.assertQuiet();
    }

    @Test
    void fsync_publishesAtOnce() throws FsException {
        File a = world.fs.write("a", "one");
        world.pipeline.publishNow(a.ino);
        assertThat(a.isDirty()).isFalse();
        assertThat(world.remote()).containsOnlyKeys("a");
    }

    @Test
    void fsyncOfACleanFile_isNothing() throws FsException {
        File a = world.published("a", "one");
        world.pipeline.publishNow(a.ino);
        world.pipeline.publishNow(4711);
        assertThat(world.store.sessions).hasSize(1);
    }

    @Test
    void fsyncThatFails_saysWhyAndTheFileIsRetried() {
        File a = world.fs.write("a", "one");
        world.store.failNextAdd("one", StorageException.Kind.NO_SPACE);
        assertThatThrownBy(() -> world.pipeline.publishNow(a.ino))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOSPC));
        assertThat(a.isDirty()).isTrue();
        world.pass(1);
        assertThat(a.isDirty()).isFalse();
    }

    @Test
    void fsync_doesNotWaitForTheBackoff() throws FsException {
        File a = world.save("a", "one");
        for (int i = 0; i < 8; i++) {
            world.store.failNextAdd("one", StorageException.Kind.CORRUPT);
        }
        world.pass(2 + 1 + 2 + 4 + 8 + 16 + 32 + 64);
        assertThat(a.errors).hasSize(8);
        world.pipeline.publishNow(a.ino);
        assertThat(a.isDirty()).isFalse();
    }

    @Test
    void fsync_triesEvenWhileTheTokenIsRefused() throws FsException {
        File a = world.save("a", "one");
        world.hub.refuseNext(Call.BATCH, 401);
        world.pass(2);
        world.pipeline.publishNow(a.ino);
        assertThat(a.isDirty()).isFalse();
        assertThat(world.pipeline.status().paused()).isFalse();
    }

    @Test
    void fsyncDuringAPublicationOfTheSameContent_joinsIt() {
        File a = world.save("a", "one");
        Sinks.Empty<Void> gate = Sinks.empty();
        world.hub.holdNext(Call.BATCH, gate.asMono());
        world.pass(2);
        List<Outcome> outcomes = new ArrayList<>();
        world.pipeline.publish(a.ino).subscribe(outcomes::add);
        gate.tryEmitEmpty();
        assertThat(outcomes).extracting(Outcome::kind).containsExactly(Outcome.Kind.PUBLISHED);
        assertThat(world.store.sessions).hasSize(1);
    }

    @Test
    void fsyncDuringAPublicationOfOlderContent_waitsForTheNext() {
        File a = world.save("a", "one");
        Sinks.Empty<Void> gate = Sinks.empty();
        world.hub.holdNext(Call.BATCH, gate.asMono());
        world.pass(2);
        world.fs.change(a, "two");
        List<Outcome> outcomes = new ArrayList<>();
        world.pipeline.publish(a.ino).subscribe(outcomes::add);
        Sinks.Empty<Void> second = Sinks.empty();
        world.hub.holdNext(Call.BATCH, second.asMono());
        gate.tryEmitEmpty();
        assertThat(world.remote()).containsExactly(Map.entry("a", hash("one")));
        assertThat(outcomes).as("what was asked for is not there yet").isEmpty();
        second.tryEmitEmpty();
        assertThat(outcomes).extracting(Outcome::kind).containsExactly(Outcome.Kind.PUBLISHED);
        assertThat(world.remote()).containsExactly(Map.entry("a", hash("two")));
    }

    @Test
    void fsyncOfANewEpisodeWhileTheOldOneIsBeingApplied_isNotAnsweredByTheOldOne() {
        // generations repeat (§1.3): the write after the commit has generation 1 again
        File a = world.save("a", "one");
        List<Outcome> outcomes = new ArrayList<>();
        Sinks.Empty<Void> gate = Sinks.empty();
        world.fs.hooks.put("cleaned a", () -> {
            // as another thread would, between the commit's cleaning and its settling
            world.fs.change(a, "new episode");
            assertThat(a.generation).isEqualTo(1);
            world.pipeline.publish(a.ino).subscribe(outcomes::add);
            world.hub.holdNext(Call.BATCH, gate.asMono());
        });
        world.pass(2);
        assertThat(world.remote()).containsExactly(Map.entry("a", hash("one")));
        assertThat(outcomes).isEmpty();
        gate.tryEmitEmpty();
        assertThat(outcomes).extracting(Outcome::kind).containsExactly(Outcome.Kind.PUBLISHED);
        assertThat(world.remote()).containsExactly(Map.entry("a", hash("new episode")));
    }

    @Test
    void severalFsyncs_whileAllPlacesAreTaken_shareASession() {
        for (int i = 0; i < 4; i++) {
            world.save("slow" + i, "slow" + i);
            world.store.nextAdd("slow" + i, add -> Mono.<UploadedContent>never());
            world.pass(2);
        }
        List<Outcome> outcomes = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            File f = world.fs.write("f" + i, "content" + i);
            world.pipeline.publish(f.ino).subscribe(outcomes::add);
        }
        assertThat(world.store.sessions).hasSize(4);
        world.pass(60);
        assertThat(outcomes).hasSize(5);
        assertThat(world.store.sessions)
                .extracting(session -> session.contents.size())
                .contains(5);
    }

    @Test
    void flushOfEverything_reportsEachFileAndDelete() {
        File old = world.published("old", "zero");
        world.unlink(old);
        world.save("a", "one");
        world.fs.write("b", "two"); // never signalled
        flush(List.of(), MINUTE);
        FlushResult result = results.getFirst();
        assertThat(result.timedOut()).isFalse();
        assertThat(result.report().clean()).isTrue();
        assertThat(result.report().files())
                .extracting(FlushedFile::path, FlushedFile::route, FlushedFile::result, FlushedFile::hash)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(
                                "a", Route.FULL, Result.PUBLISHED, hash("one").text()),
                        org.assertj.core.groups.Tuple.tuple(
                                "b", Route.FULL, Result.PUBLISHED, hash("two").text()),
                        org.assertj.core.groups.Tuple.tuple("old", Route.DELETE, Result.PUBLISHED, null));
        assertThat(world.remote()).containsOnlyKeys("a", "b");
    }

    @Test
    void flushOfManyFiles_sharesOneSessionAndOneBatch() {
        for (int i = 0; i < 20; i++) {
            world.save("f" + i, "content " + i);
        }

        flush(List.of(), MINUTE);

        assertThat(results.getFirst().report().clean()).isTrue();
        assertThat(world.store.sessions)
                .extracting(session -> session.contents.size())
                .containsExactly(20);
        assertThat(world.batches()).hasSize(1);
    }

    @Test
    void flushOfOnePath_leavesOthersToTheirTime() {
        world.save("dir/a", "one");
        world.save("dir2/b", "two");
        flush(List.of("dir"), MINUTE);
        assertThat(world.remote()).containsOnlyKeys("dir/a");
        assertThat(results.getFirst().report().files())
                .extracting(FlushedFile::path)
                .containsExactly("dir/a");
        assertThat(results.getFirst().report().clean()).isTrue();
    }

    @Test
    void flushOfARemovalThatWaitsForAnotherFile_isNotClean_andTellsIt() {
        File old = world.published("dir/old", "zero");
        world.save("other", "one");
        world.unlink(old);
        flush(List.of("dir"), MINUTE);
        assertThat(world.remote()).containsOnlyKeys("dir/old");
        assertThat(results.getFirst().report().clean()).isFalse();
        assertThat(results.getFirst().report().files())
                .extracting(FlushedFile::path, FlushedFile::route, FlushedFile::result)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("dir/old", Route.DELETE, Result.PENDING));
        flush(List.of(), MINUTE);
        assertThat(results.get(1).report().clean()).isTrue();
        assertThat(world.remote()).containsOnlyKeys("other");
    }

    @Test
    void flushThatRunsOutOfTime_tellsWhatIsPendingAndCancelsNothing() {
        world.save("a", "one");
        Sinks.Empty<Void> gate = Sinks.empty();
        world.hub.holdNext(Call.BATCH, gate.asMono());
        flush(List.of(), Duration.ofSeconds(5));
        world.pass(5);
        FlushResult result = results.getFirst();
        assertThat(result.timedOut()).isTrue();
        assertThat(result.report().clean()).isFalse();
        assertThat(result.report().files()).extracting(FlushedFile::result).containsExactly(Result.PENDING);
        gate.tryEmitEmpty();
        assertThat(world.remote()).containsOnlyKeys("a");
    }

    @Test
    void flushThatRunsOutOfTime_tellsWhatStorageFailsWithMeanwhile() {
        world.troubles.note(new StorageException(StorageException.Kind.UNAVAILABLE, "of long ago"));
        world.pass(1);
        world.save("a", "one");
        Sinks.Empty<Void> gate = Sinks.empty();
        world.hub.holdNext(Call.BATCH, gate.asMono());
        flush(List.of(), Duration.ofSeconds(5));
        world.pass(5);
        world.troubles.note(new StorageException(StorageException.Kind.UNAVAILABLE, "windows are not readable"));
        flush(List.of(), Duration.ofSeconds(5));
        world.troubles.note(new StorageException(StorageException.Kind.UNAVAILABLE, "no route to storage"));
        world.pass(5);
        assertThat(results.get(0).report().files())
                .extracting(FlushedFile::error)
                .containsOnlyNulls();
        assertThat(results.get(1).report().files())
                .extracting(FlushedFile::error)
                .containsExactly("storage's last failure: no route to storage");
        gate.tryEmitEmpty();
    }

    @Test
    void flushOfAFileThatFails_isNotClean() {
        world.save("a", "one");
        world.store.failNextAdd("one", StorageException.Kind.REJECTED);
        flush(List.of(), MINUTE);
        FlushedFile line = results.getFirst().report().files().getFirst();
        assertThat(line.result()).isEqualTo(Result.FAILED);
        assertThat(line.error())
                .contains("publishing a: ")
                .contains("scripted REJECTED")
                .endsWith(
                        "; the file stays dirty and readable here, and is tried again by itself, with growing pauses");
        assertThat(results.getFirst().report().clean()).isFalse();
        world.pass(1);
    }

    @Test
    void drain_publishesFilesAndDeletesAndTellsSo() {
        File old = world.published("old", "zero");
        world.unlink(old);
        world.fs.write("a", "one").open = true;
        drain(45);
        assertThat(drains).containsExactly(new DrainReport(1, List.of(), 0));
        assertThat(world.remote()).containsOnlyKeys("a");
    }

    @Test
    void drainAskedForWithTheAnswerOfOne_isANewOne() {
        world.fs.write("a", "one");
        world.pipeline
                .drain(Duration.ofSeconds(45))
                .flatMap(first -> {
                    world.fs.write("b", "two");
                    return world.pipeline.drain(Duration.ofSeconds(45));
                })
                .subscribe(drains::add);
        world.pass(1);
        assertThat(drains).containsExactly(new DrainReport(1, List.of(), 0));
        assertThat(world.remote()).containsOnlyKeys("a", "b");
    }

    @Test
    void drain_triesAgainWhatFailsPassinglyUntilItSucceeds() {
        world.save("a", "one");
        for (int i = 0; i < 4; i++) {
            world.store.failNextAdd("one", StorageException.Kind.UNAVAILABLE);
        }
        drain(45);
        assertThat(drains).isEmpty();
        world.pass(45);
        assertThat(drains).containsExactly(new DrainReport(1, List.of(), 0));
    }

    @Test
    void drain_endsAtItsDeadlineAndKeepsEverything() {
        File a = world.save("a", "one");
        world.hub.holdNext(Call.BATCH, Mono.never());
        drain(45);
        world.pass(44.9);
        assertThat(drains).isEmpty();
        world.pass(0.1);
        assertThat(drains).containsExactly(new DrainReport(0, List.of("a"), 0));
        assertThat(a.isDirty()).isTrue();
        world.pass(600);
        assertThat(a.isDirty()).as("it went on").isFalse();
    }

    @Test
    void drain_endsEarlyWhenNothingLeftCanSucceedByItself() {
        world.save("a", "one");
        world.store.failNextAdd("one", StorageException.Kind.FORBIDDEN);
        drain(45);
        assertThat(drains).containsExactly(new DrainReport(0, List.of("a"), 0));
        world.pass(1);
    }

    @Test
    void secondCallerOfADrain_joinsIt_andWaitsNoLongerThanItsOwnDeadline() {
        world.save("a", "one");
        Sinks.Empty<Void> gate = Sinks.empty();
        world.hub.holdNext(Call.BATCH, gate.asMono());
        drain(45);
        drain(1);
        drain(30);
        world.pass(10);
        assertThat(drains).containsExactly(new DrainReport(0, List.of("a"), 0));
        gate.tryEmitEmpty();
        assertThat(drains)
                .containsExactly(
                        new DrainReport(0, List.of("a"), 0),
                        new DrainReport(1, List.of(), 0),
                        new DrainReport(1, List.of(), 0));
        assertThat(world.store.sessions).hasSize(1);
    }

    @Test
    void callerThatGivesUpWaiting_doesNotStopTheDrain() {
        world.save("a", "one");
        Sinks.Empty<Void> gate = Sinks.empty();
        world.hub.holdNext(Call.BATCH, gate.asMono());
        world.pipeline.drain(Duration.ofSeconds(45)).subscribe().dispose();
        drain(45);
        gate.tryEmitEmpty();
        assertThat(drains).containsExactly(new DrainReport(1, List.of(), 0));
    }

    @Test
    void drainAfterClose_startsNothingAndTellsWhatIsLeft() {
        world.save("a", "one");
        world.pipeline.close();
        drain(45);
        assertThat(drains).containsExactly(new DrainReport(0, List.of("a"), 0));
        assertThat(world.store.sessions).isEmpty();
    }

    @Test
    void closing_answersThoseWhoWait() {
        File a = world.fs.write("a", "one");
        world.store.nextAdd("one", add -> Mono.<UploadedContent>never());
        List<Throwable> failures = new ArrayList<>();
        world.pipeline.publish(a.ino).subscribe(o -> {}, failures::add);
        world.pipeline.close();
        assertThat(failures).hasSize(1);
        assertThat(a.isDirty()).isTrue();
    }

    @Test
    void status_tellsWhatWaits() {
        world.published("z", "zero");
        world.pass(8);
        File a = world.save("a", "four");
        world.fs.change(a, "fives");
        world.pass(1);
        FlushStatus status = world.pipeline.status();
        assertThat(status.dirtyFiles()).isEqualTo(1);
        assertThat(status.dirtyBytes()).isEqualTo(5);
        assertThat(status.dirtyGenerationLag()).isEqualTo(2);
        assertThat(status.oldestDirtySeconds()).isEqualTo(1);
        assertThat(status.queueDepth()).isEqualTo(1);
        assertThat(status.inFlight()).isZero();
        assertThat(status.lastFlush()).hasToString("1970-01-01T00:00:02Z");
    }

    @Test
    void signalsBeforeTheStart_areKept() {
        FlushPipeline late = new FlushPipeline(
                world.store,
                world.hub,
                world.lane,
                FlushSettings.DEFAULTS,
                FlushObserver.NONE,
                world.clock,
                reactor.core.scheduler.Schedulers.immediate(),
                world.troubles);
        File a = world.fs.write("a", "one");
        late.dirty(a.ino);
        world.pipeline.close();
        late.start(world.fs);
        world.pass(2);
        assertThat(world.remote()).containsOnlyKeys("a");
        late.close();
    }

    private void flush(List<String> paths, Duration timeout) {
        world.pipeline.flush(paths, timeout).subscribe(results::add);
    }

    @Test
    void status_copiesNoListOfDirtyFiles() {
        world.fs.write("a", "one");
        world.fs.write("b", "two");
        int before = world.fs.listings;
        for (int i = 0; i < 11; i++) {
            assertThat(world.pipeline.status().dirtyFiles()).isEqualTo(2);
        }
        assertThat(world.fs.listings).isEqualTo(before);
    }

    private void drain(long seconds) {
        world.pipeline.drain(Duration.ofSeconds(seconds)).subscribe(drains::add);
    }
}
