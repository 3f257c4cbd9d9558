package io.hfmount.agent.remote;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.hub.BatchOperation;
import io.hfmount.hub.BatchResult;
import io.hfmount.hub.BucketHub;
import io.hfmount.hub.BucketInfo;
import io.hfmount.hub.FaultyBucketHub;
import io.hfmount.hub.FaultyBucketHub.Call;
import io.hfmount.hub.HubEntry;
import io.hfmount.hub.HubException;
import io.hfmount.hub.HubFile;
import io.hfmount.hub.MemoryBucketHub;
import io.hfmount.hub.StorageToken;
import io.hfmount.model.ContentHash;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;

/** mount-semantics §4.2, §4.3, §4.5. */
class RemotePollerTest {
    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final MemoryBucketHub bucket = new MemoryBucketHub("ann/data");
    private final Listings listings = new Listings(bucket);
    private final FaultyBucketHub hub = new FaultyBucketHub(listings);
    private final ModelView view = new ModelView();
    private final List<PollResult> rounds = new ArrayList<>();
    private RemotePoller poller = poller(PollSettings.DEFAULTS);

    private RemotePoller poller(PollSettings settings) {
        return new RemotePoller(hub, view, settings, rounds::add, time, Schedulers.immediate());
    }

    @AfterEach
    void close() {
        poller.close();
        assertThat(hub.unused()).as("scripted faults that never happened").isZero();
    }

    private void pass(double seconds) {
        time.advanceTimeBy(Duration.ofNanos(Math.round(seconds * 1e9)));
    }

    private static ContentHash hash(int n) {
        return new ContentHash(n, 0, 0, 1);
    }

    /** Somebody else writes; not known here. */
    private void remote(String path, int content) {
        bucket.putRemotely(path, hash(content), 1, Instant.EPOCH);
    }

    /** On the Hub and known here. */
    private void both(String path, int content) {
        remote(path, content);
        view.file(path, hash(content));
    }

    @Test
    void firstRound_listsNothingForTheStartPrimedTheRevision() {
        both("a", 1);
        poller.start();
        pass(30);
        assertThat(rounds).containsExactly(PollResult.UNCHANGED);
        assertThat(hub.calls(Call.LIST)).isZero();
        assertThat(hub.calls(Call.INFO)).isEqualTo(2);
    }

    @Test
    void movedRevision_bringsAddedAndChangedFiles() {
        both("a", 1);
        poller.start();
        remote("a", 2);
        remote("b", 3);
        pass(29.9);
        assertThat(rounds).isEmpty();
        pass(0.1);
        assertThat(rounds).containsExactly(PollResult.CHANGED);
        assertThat(view.known).containsExactly(Map.entry("a", hash(2)), Map.entry("b", hash(3)));
        assertThat(view.roundsThatMoved).isEqualTo(1);
        pass(30);
        assertThat(rounds).containsExactly(PollResult.CHANGED, PollResult.UNCHANGED);
        assertThat(view.roundsThatMoved).isEqualTo(1);
    }

    @Test
    void onlyLoadedDirectories_areListedEachByItself() {
        both("d/a", 1);
        both("e/a", 1);
        view.directory("d", true);
        view.directory("e", false);
        poller.start();
        remote("d/b", 2);
        remote("e/b", 2);
        pass(30);
        assertThat(listings.asked).containsExactly("", "d");
        assertThat(view.known).containsKey("d/b").doesNotContainKey("e/b");
    }

    private void manyLoadedDirectories() {
        for (int i = 0; i < 20; i++) {
            both("d" + i + "/a", 1);
            view.directory("d" + i, true);
        }
        poller.start();
        remote("d3/b", 2);
        bucket.removeRemotely("d4/a");
        remote("d4/c/d", 2);
        remote("d5/a", 3);
        pass(30);
        assertThat(rounds).containsExactly(PollResult.CHANGED);
        assertThat(view.known)
                .containsKeys("d3/b", "d4/c", "d9/a")
                .containsEntry("d5/a", hash(3))
                .doesNotContainKey("d4/a");
    }

    @Test
    void manyLoadedDirectories_areListedAtOnce() {
        manyLoadedDirectories();
        assertThat(listings.asked).containsExactly("", "d4/a");
    }

    @Test
    void listingOfEverythingThatFails_isReplacedByOneForEachDirectory() {
        hub.refuseNext(Call.LIST, 503);
        manyLoadedDirectories();
        assertThat(listings.asked).hasSizeGreaterThanOrEqualTo(21).contains("", "d0", "d19");
    }

    @Test
    void vanishedDirectoriesOfMany_goWithAllBelow() {
        for (int i = 0; i < 20; i++) {
            both("d" + i + "/a", 1);
            view.directory("d" + i, true);
        }
        poller.start();
        bucket.removeRemotely("d3/a");
        pass(30);
        assertThat(view.known).doesNotContainKeys("d3", "d3/a").containsKeys("d2", "d4/a");
    }

    @Test
    void failedProbes_doubleTheIntervalUpTo64Times_andASuccessResetsIt() {
        poller.start();
        int[] waits = {30, 60, 120, 240, 480, 960, 1920, 1920};
        for (int wait : waits) {
            int before = rounds.size();
            hub.refuseNext(Call.INFO, before % 2 == 0 ? 503 : 401);
            pass(wait - 0.1);
            assertThat(rounds).as("before %s s are over", wait).hasSize(before);
            pass(0.1);
            assertThat(rounds).hasSize(before + 1);
        }
        assertThat(rounds).containsOnly(PollResult.SKIPPED);
        rounds.clear();
        pass(1920);
        assertThat(rounds).as("unchanged resets the backoff").containsExactly(PollResult.UNCHANGED);
        pass(30);
        assertThat(rounds).hasSize(2);
    }

    @Test
    void probeThatFailsOtherwise_isNoReasonNotToLook() {
        both("a", 1);
        poller.start();
        remote("b", 2);
        hub.refuseNext(Call.INFO, 400);
        pass(30);
        assertThat(rounds).containsExactly(PollResult.CHANGED);
        assertThat(view.known).containsKey("b");
    }

    @Test
    void failedPriming_makesTheFirstRoundList() {
        hub.refuseNext(Call.INFO, 503);
        remote("a", 1);
        poller.start();
        pass(30);
        assertThat(rounds).containsExactly(PollResult.CHANGED);
        assertThat(view.known).containsKey("a");
    }

    @Test
    void directoryThatCannotBeListed_losesNothingAndIsTriedAloneNextTime() {
        both("d/a", 1);
        both("e/a", 1);
        view.directory("d", true);
        view.directory("e", true);
        poller.start();
        bucket.removeRemotely("d/a");
        remote("d/b", 2);
        listings.fail.add("d");
        pass(30);
        assertThat(rounds).containsExactly(PollResult.FAILED);
        assertThat(view.known).containsKey("d/a").doesNotContainKey("d/b");
        listings.fail.clear();
        listings.asked.clear();
        pass(30); // the revision has not moved again
        assertThat(listings.asked).startsWith("d").doesNotContain("", "e");
        assertThat(view.known).containsKey("d/b").doesNotContainKey("d/a");
        assertThat(rounds).containsExactly(PollResult.FAILED, PollResult.CHANGED);
    }

    @Test
    void entriesThatAListingLacks_areAskedForOneByOne_H50() {
        both("a", 1);
        both("b", 1);
        both("c", 1);
        poller.start();
        bucket.removeRemotely("a");
        listings.hide.add("b"); // an inconsistent listing; HEAD knows better
        pass(30);
        assertThat(view.known).containsOnlyKeys("b", "c");
        assertThat(hub.calls(Call.HEAD)).isEqualTo(2);
        assertThat(view.log).containsExactly("merge / without [a]");
    }

    @Test
    void entryWhoseHeadFails_stays_H50() {
        both("a", 1);
        poller.start();
        bucket.removeRemotely("a");
        hub.refuseNext(Call.HEAD, 503);
        pass(30);
        assertThat(view.known).containsOnlyKeys("a");
    }

    @Test
    void confirmations_areSixteenAtOnce_H50() {
        for (int i = 0; i < 40; i++) {
            both("f" + i, 1);
        }
        poller.start();
        Sinks.Empty<Void> gate = Sinks.empty();
        for (int i = 0; i < 40; i++) {
            bucket.removeRemotely("f" + i);
            hub.holdNext(Call.HEAD, gate.asMono());
        }
        pass(30);
        assertThat(hub.calls(Call.HEAD)).isEqualTo(16);
        gate.tryEmitEmpty();
        assertThat(hub.calls(Call.HEAD)).isEqualTo(40);
        assertThat(view.known).isEmpty();
    }

    @Test
    void listings_areFourAtOnce() {
        for (int i = 0; i < 9; i++) {
            both("d" + i + "/a", 1);
            view.directory("d" + i, true);
        }
        poller.start();
        remote("x", 1);
        Sinks.Empty<Void> gate = Sinks.empty();
        for (int i = 0; i < 10; i++) {
            hub.holdNext(Call.LIST, gate.asMono());
        }
        pass(30);
        assertThat(hub.calls(Call.LIST)).isEqualTo(4);
        gate.tryEmitEmpty();
        assertThat(hub.calls(Call.LIST)).isEqualTo(10);
        assertThat(rounds).containsExactly(PollResult.CHANGED);
    }

    @Test
    void dirtyFile_isLeftAlone_H43() {
        both("a", 1);
        view.dirty.add("a");
        poller.start();
        bucket.removeRemotely("a");
        remote("b", 1);
        pass(30);
        assertThat(view.known).containsOnlyKeys("a", "b");
        assertThat(hub.calls(Call.HEAD)).isZero();
    }

    @Test
    void clockIsReadBeforeTheListing_soThatOwnCommitsMeanwhileWin_H62() {
        both("a", 1);
        view.known.put("b", hash(1));
        remote("b", 1);
        poller.start();
        remote("x", 9);
        listings.beforeAnswer = () -> {
            listings.beforeAnswer = () -> {};
            view.ownCommit("a", hash(5)); // the listing still says 1
            view.ownCommit("new", hash(6)); // the listing lacks it
        };
        pass(30);
        assertThat(view.known)
                .containsEntry("a", hash(5))
                .containsEntry("new", hash(6))
                .containsKey("x");
    }

    @Test
    void vanishedDirectory_goesWithAllBelow_childrenFirst() {
        both("d/e/a", 1);
        both("keep", 1);
        view.directory("d", true);
        view.directory("d/e", true);
        poller.start();
        bucket.removeRemotely("d/e/a");
        pass(30);
        assertThat(view.known).containsOnlyKeys("keep");
        assertThat(view.log.indexOf("gone /d/e")).isBetween(0, view.log.indexOf("gone /d") - 1);
    }

    @Test
    void unlistableDirectoryThatItsParentDoesNotShow_isGoneOnceItsEntriesAreConfirmed() {
        both("d/a", 1);
        view.directory("d", true);
        poller.start();
        bucket.removeRemotely("d/a");
        listings.fail.add("d");
        pass(30);
        assertThat(view.known).isEmpty();
        assertThat(view.log).contains("gone /d");
    }

    @Test
    void directoryThatItsParentDoesNotShowButHasEntries_stays_H50() {
        both("d/a", 1);
        view.directory("d", true);
        poller.start();
        remote("x", 1);
        listings.hide.add("d");
        pass(30);
        assertThat(view.known).containsKeys("d", "d/a");
    }

    @Test
    void directoryThatNoListingShowsButWhoseFileAnswers_stays_H50() {
        both("d/a", 1);
        view.directory("d", true);
        poller.start();
        remote("x", 1);
        listings.hide.add("d");
        listings.hide.add("d/a");
        pass(30);
        assertThat(view.known).containsKeys("d", "d/a");
    }

    @Test
    void unloadedDirectoryThatAListingLacks_isConfirmedByLookingBelow_H50() {
        remote("d/a", 1);
        view.directory("d", false);
        view.directory("gone", false);
        poller.start();
        remote("x", 1);
        listings.hide.add("d");
        pass(30);
        assertThat(view.known).containsKey("d").doesNotContainKey("gone");
    }

    @Test
    void moveThatMayBeOurOwn_isListedAllTheSame() {
        both("a", 1);
        poller.start();
        view.ownCommit("mine", hash(5));
        remote("mine", 5);
        remote("foreign", 6);
        pass(30);
        assertThat(rounds).containsExactly(PollResult.CHANGED);
        assertThat(view.known).containsKey("foreign");
    }

    @Test
    void zeroInterval_pollsOnlyWhenAsked() {
        poller = poller(new PollSettings(Duration.ZERO, 4, 16));
        poller.start();
        remote("a", 1);
        pass(3600);
        assertThat(rounds).isEmpty();
        assertThat(poller.pollNow().block()).isEqualTo(PollResult.CHANGED);
        assertThat(view.known).containsKey("a");
    }

    @Test
    void askedRound_waitsForTheOneUnderWay_andServesAllWhoAsked() {
        poller.start();
        remote("a", 1);
        Sinks.Empty<Void> gate = Sinks.empty();
        hub.holdNext(Call.LIST, gate.asMono());
        pass(30);
        List<PollResult> answers = new ArrayList<>();
        poller.pollNow().subscribe(answers::add);
        poller.pollNow().subscribe(answers::add);
        assertThat(answers).isEmpty();
        gate.tryEmitEmpty();
        assertThat(answers).containsExactly(PollResult.CHANGED, PollResult.CHANGED);
        assertThat(hub.calls(Call.LIST)).isEqualTo(2);
        pass(30);
        assertThat(rounds).as("the interval goes on").hasSize(3);
    }

    @Test
    void closedPoller_asksNothingMore() {
        poller.start();
        poller.close();
        pass(3600);
        assertThat(hub.calls(Call.INFO)).isEqualTo(1);
        List<Throwable> failures = new ArrayList<>();
        poller.pollNow().subscribe(r -> {}, failures::add);
        assertThat(failures).hasSize(1);
    }

    /** A hub whose listings can be wrong, by path. */
    private static final class Listings implements BucketHub {
        private final BucketHub delegate;
        private final List<String> asked = new ArrayList<>();
        private final Set<String> hide = new HashSet<>();
        private final Set<String> fail = new HashSet<>();
        private Runnable beforeAnswer = () -> {};

        Listings(BucketHub delegate) {
            this.delegate = delegate;
        }

        @Override
        public Flux<HubEntry> list(String prefix, boolean recursive) {
            return Flux.defer(() -> {
                asked.add(prefix);
                if (fail.contains(prefix)) {
                    return Flux.error(new HubException(503, false, "scripted"));
                }
                List<HubEntry> entries = new ArrayList<>();
                delegate.list(prefix, recursive)
                        .filter(entry -> !hide.contains(entry.path()))
                        .subscribe(entries::add);
                beforeAnswer.run();
                return Flux.fromIterable(entries);
            });
        }

        @Override
        public Mono<BucketInfo> info() {
            return delegate.info();
        }

        @Override
        public Mono<HubFile> head(String path) {
            return delegate.head(path);
        }

        @Override
        public Mono<Map<String, HubFile>> pathsInfo(List<String> paths) {
            return delegate.pathsInfo(paths);
        }

        @Override
        public Mono<BatchResult> batch(List<BatchOperation> operations) {
            return delegate.batch(operations);
        }

        @Override
        public Mono<StorageToken> storageToken(boolean write) {
            return delegate.storageToken(write);
        }
    }
}
