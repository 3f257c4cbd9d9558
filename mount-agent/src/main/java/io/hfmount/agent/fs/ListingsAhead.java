package io.hfmount.agent.fs;

import io.hfmount.hub.HubEntry;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Listings of directories that nobody has looked into yet: one listing of a whole subtree answered for all of them
 * (see {@link Walk}). Each serves once, and only while it is as good as an answer that comes in now: no change of our
 * own since the question (H-62), no change of the Hub seen since, and the question not older than the metadata TTL.
 *
 * <p>Guarded by the inode table's lock.
 */
final class ListingsAhead {
    /**
     * When a question was put to the Hub.
     *
     * @param clock its place in the order of own changes and questions
     * @param at the time
     * @param generation of what was seen of the Hub
     */
    record Asked(long clock, Instant at, long generation) {}

    /**
     * The entries of one directory.
     *
     * @param asked when the Hub was asked
     * @param entries of the directory alone
     */
    record Listing(Asked asked, List<HubEntry> entries) {}

    private final int limit;
    private final Map<String, Listing> listings = new HashMap<>();
    private int entries;
    private long generation;

    /** @param limit most entries that are kept; zero keeps none */
    ListingsAhead(int limit) {
        this.limit = limit;
    }

    /** Most entries that are kept. */
    int limit() {
        return limit;
    }

    /** A question is put to the Hub now. */
    Asked ask(InodeTable table) {
        return new Asked(table.ask(), table.now(), generation);
    }

    /**
     * Keeps what a subtree's listing says of each of its directories, unless the answer is out of date already.
     *
     * @param root the directory that was listed
     * @param files all files below it
     */
    void add(String root, List<HubEntry> files, Asked asked) {
        if (asked.generation() != generation) {
            return;
        }
        Map<String, List<HubEntry>> directories = SubtreeListing.byDirectory(root, files);
        int added = directories.values().stream().mapToInt(List::size).sum();
        if (entries + added > limit) {
            clear();
        }
        if (added <= limit) {
            directories.forEach((directory, inside) -> {
                forget(directory);
                listings.put(directory, new Listing(asked, inside));
                entries += inside.size();
            });
        }
    }

    /** Whether {@link #take} would answer. */
    boolean has(String directory, InodeTable table) {
        Listing listing = listings.get(directory);
        return listing != null && isGood(listing, table);
    }

    /** Gives the listing of a directory away; null when there is none that is still good. */
    @Nullable
    Listing take(String directory, InodeTable table) {
        Listing listing = listings.get(directory);
        if (listing == null) {
            return null;
        }
        if (!isGood(listing, table)) {
            dropStale(table);
            return null;
        }
        forget(directory);
        return listing;
    }

    /** Lets go of all that can no longer serve. */
    void dropStale(InodeTable table) {
        listings.values().removeIf(listing -> {
            boolean stale = !isGood(listing, table);
            if (stale) {
                entries -= listing.entries().size();
            }
            return stale;
        });
    }

    private static boolean isGood(Listing listing, InodeTable table) {
        Asked asked = listing.asked();
        return asked.clock() >= table.lastChange()
                && asked.at().plus(table.settings().metadataTtl()).isAfter(table.now());
    }

    /** Something newer is known of a directory. */
    void forget(String directory) {
        Listing gone = listings.remove(directory);
        if (gone != null) {
            entries -= gone.entries().size();
        }
    }

    /** The Hub has changed: nothing that was asked before counts, answers under way included. */
    void hubChanged() {
        generation++;
        clear();
    }

    private void clear() {
        listings.clear();
        entries = 0;
    }

    /** Entries that are kept. */
    int size() {
        return entries;
    }

    boolean checkInvariants() {
        int sum = listings.values().stream().mapToInt(l -> l.entries().size()).sum();
        assert sum == entries : "counted " + entries + " of " + sum + " entries ahead";
        assert entries <= limit : "more entries ahead than " + limit;
        return true;
    }
}
