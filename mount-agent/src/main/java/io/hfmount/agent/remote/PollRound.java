package io.hfmount.agent.remote;

import io.hfmount.agent.fs.RemoteView;
import io.hfmount.agent.fs.SubtreeListing;
import io.hfmount.hub.BucketHub;
import io.hfmount.hub.HubEntry;
import io.hfmount.model.RemotePath;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Brings loaded directories in line with the Hub, once (mount-semantics §4.2, §4.3, §4.5). Each directory is listed by
 * itself, many at once by one listing of everything if that is cheaper; the clock is read before the question (H-62). A listing that lacks known entries is not trusted:
 * each of them is asked for, and an entry whose fate cannot be told stays (H-50). Used once; not thread-safe beyond its
 * own steps.
 */
final class PollRound {
    /**
     * What a round did.
     *
     * @param changed entries that changed
     * @param failed directories that could not be listed; nothing in them was removed
     */
    record Summary(int changed, Set<String> failed) {}

    private record Listing(String directory, List<HubEntry> entries, long asOf) {}

    /** Directories from which on one listing of everything is tried first. */
    private static final int MANY = 16;
    /** Entries that a page of the Hub holds (mount-semantics §4.1). */
    private static final int PAGE = 5000;
    /** Most entries of a listing of everything, for they are in memory at once. */
    private static final int MOST = 50_000;

    private static final Logger LOG = LoggerFactory.getLogger(PollRound.class);

    private final BucketHub hub;
    private final RemoteView view;
    private final PollSettings settings;
    private final Duration timeout;
    private final Scheduler timer;
    private final Scheduler disk;
    private final List<String> directories;
    private final Set<String> loaded;
    private final Map<String, Long> asOf = new ConcurrentHashMap<>();
    private final Set<String> failed = ConcurrentHashMap.newKeySet();
    /** Directories that a listing of their own showed to hold something. */
    private final Set<String> inhabited = ConcurrentHashMap.newKeySet();
    /** Listings that lack something. */
    private final Queue<Listing> shrunk = new ConcurrentLinkedQueue<>();
    /** Loaded directories that their parent's listing does not show. */
    private final Set<String> unlisted = ConcurrentHashMap.newKeySet();

    private final AtomicInteger changed = new AtomicInteger();

    /**
     * @param directories what to list, parents first
     * @param loaded all loaded directories
     */
    PollRound(
            BucketHub hub,
            RemoteView view,
            PollSettings settings,
            Duration timeout,
            Scheduler timer,
            Scheduler disk,
            List<String> directories,
            List<String> loaded) {
        this.hub = hub;
        this.view = view;
        this.settings = settings;
        this.timeout = timeout;
        this.timer = timer;
        this.disk = disk;
        this.directories = directories;
        this.loaded = new HashSet<>(loaded);
    }

    Mono<Summary> run() {
        return listTogether()
                .flatMapMany(together -> together ? Flux.<Void>empty() : listSingly())
                .thenMany(Flux.defer(() -> Flux.fromIterable(shrunk)).concatMap(this::confirmAndMerge))
                .thenMany(Flux.defer(() -> Flux.fromIterable(suspects())).concatMap(this::confirmGone))
                .then(Mono.fromCallable(() -> new Summary(changed.get(), Set.copyOf(failed))));
    }

    private Flux<Void> listSingly() {
        return Flux.fromIterable(directories).flatMap(this::list, settings.listingConcurrency());
    }

    /**
     * Lists everything at once where that costs no more pages than directories are to be listed.
     *
     * @return false when it is too much, or failed, and nothing was done
     */
    private Mono<Boolean> listTogether() {
        if (directories.size() < MANY) {
            return Mono.just(false);
        }
        long most = Math.min(MOST, (long) directories.size() * PAGE);
        return Mono.fromCallable(view::ask)
                .subscribeOn(disk)
                .flatMap(clock -> hub.list("", true)
                        .take(most + 1)
                        .collectList()
                        .timeout(timeout, timer)
                        .publishOn(disk)
                        .map(files -> files.size() <= most && listedTogether(files, clock)))
                .onErrorResume(failure -> {
                    LOG.debug("not listed at once: {}", failure.getMessage());
                    return Mono.just(false);
                });
    }

    private boolean listedTogether(List<HubEntry> files, long clock) {
        Map<String, List<HubEntry>> inside = SubtreeListing.byDirectory("", files);
        directories.forEach(directory -> asOf.put(directory, clock));
        directories.forEach(
                directory -> listed(new Listing(directory, inside.getOrDefault(directory, List.of()), clock)));
        return true;
    }

    private Mono<Void> list(String directory) {
        return Mono.fromCallable(view::ask)
                .subscribeOn(disk)
                .doOnNext(clock -> asOf.put(directory, clock))
                .flatMap(clock -> hub.list(directory, false)
                        .collectList()
                        .timeout(timeout, timer)
                        .publishOn(disk)
                        .doOnNext(entries -> listed(new Listing(directory, entries, clock))))
                .then()
                .onErrorResume(failure -> {
                    LOG.warn("a directory could not be listed, nothing in it is removed: {}", failure.getMessage());
                    failed.add(directory);
                    return Mono.empty();
                });
    }

    private void listed(Listing listing) {
        if (!listing.entries().isEmpty()) {
            inhabited.add(listing.directory());
        }
        Set<String> missing = view.missing(listing.directory(), listing.entries(), listing.asOf());
        boolean toConfirm = false;
        for (String name : missing) {
            String path = RemotePath.join(listing.directory(), name);
            if (loaded.contains(path)) {
                unlisted.add(path);
            } else {
                toConfirm = true;
            }
        }
        if (toConfirm) {
            shrunk.add(listing);
        } else {
            merge(listing, Set.of());
        }
    }

    private void merge(Listing listing, Set<String> gone) {
        changed.addAndGet(view.merge(listing.directory(), listing.entries(), gone, listing.asOf()));
    }

    private Mono<Void> confirmAndMerge(Listing listing) {
        return gone(listing)
                .publishOn(disk)
                .doOnNext(gone -> merge(listing, gone))
                .then();
    }

    /** Missing names that the Hub, asked for each, does not have; loaded directories are judged later. */
    private Mono<Set<String>> gone(Listing listing) {
        return Mono.fromCallable(() -> view.missing(listing.directory(), listing.entries(), listing.asOf()))
                .subscribeOn(disk)
                .flatMapMany(Flux::fromIterable)
                .filter(name -> !loaded.contains(RemotePath.join(listing.directory(), name)))
                .flatMap(
                        name -> isGone(RemotePath.join(listing.directory(), name))
                                .filter(gone -> gone)
                                .map(_ -> name),
                        settings.confirmConcurrency())
                .<Set<String>>collect(HashSet::new, Set::add);
    }

    /** No file at the path and nothing below it; an error is no proof. */
    private Mono<Boolean> isGone(String path) {
        return hub.head(path)
                .map(_ -> false)
                .switchIfEmpty(Mono.defer(
                        () -> hub.list(path, false).next().map(_ -> false).defaultIfEmpty(true)))
                .timeout(timeout, timer)
                .onErrorReturn(false);
    }

    /** Loaded directories that may be gone, deepest first, so that a parent is judged after its children. */
    private List<String> suspects() {
        List<String> suspects = new ArrayList<>();
        for (String directory : loaded) {
            boolean suspect = unlisted.contains(directory)
                    || unlisted.stream().anyMatch(gone -> RemotePath.isBelow(directory, gone));
            if (suspect && !inhabited.contains(directory)) {
                suspects.add(directory);
            }
        }
        suspects.sort(Comparator.comparingInt(PollRound::depth).reversed());
        return suspects;
    }

    private static int depth(String path) {
        return (int) path.chars().filter(c -> c == '/').count();
    }

    /** Its parent does not show it and it showed nothing itself: asks for each child before it goes. */
    private Mono<Void> confirmGone(String directory) {
        Long clock = asOf.get(directory);
        if (clock == null) {
            return Mono.empty(); // not part of this round
        }
        long before = Math.min(clock, asOf.getOrDefault(RemotePath.parent(directory), clock));
        Listing empty = new Listing(directory, List.of(), before);
        return gone(empty).publishOn(disk).doOnNext(gone -> remove(empty, gone)).then();
    }

    private void remove(Listing empty, Set<String> gone) {
        merge(empty, gone);
        if (view.missing(empty.directory(), List.of(), empty.asOf()).isEmpty()) {
            view.directoryGone(empty.directory(), empty.asOf());
            failed.remove(empty.directory());
            changed.incrementAndGet();
        }
    }
}
