package io.hfmount.agent.fs;

import io.hfmount.agent.vfs.Attributes;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.agent.vfs.WouldBlockException;
import io.hfmount.hub.HubFile;
import io.hfmount.model.RemotePath;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finding names (mount-semantics §2.1). A name that a fresh complete listing does not show is absent without asking;
 * fresh means younger than the metadata TTL, the same promise that known names get. Thread-safe.
 */
final class Lookups {
    private static final Logger log = LoggerFactory.getLogger(Lookups.class);
    private static final int MAX_ROUNDS = 5;

    private final InodeTable table;
    private final Directories directories;
    private final RemoteTree remote;
    private final RemoteMerge merge;
    private final NegativeCache negative;
    private final ListingsAhead ahead;
    private final Eviction eviction;

    Lookups(
            InodeTable table,
            Directories directories,
            RemoteTree remote,
            RemoteMerge merge,
            NegativeCache negative,
            ListingsAhead ahead,
            Eviction eviction) {
        this.table = table;
        this.directories = directories;
        this.remote = remote;
        this.merge = merge;
        this.negative = negative;
        this.ahead = ahead;
        this.eviction = eviction;
    }

    /** What the table alone can say of a name. */
    private sealed interface Known {
        /** It is this; one lookup was counted. */
        record Found(Attributes attributes) implements Known {}

        /** It is absent. */
        record Absent() implements Known {}

        /** A clean file whose facts are old. */
        record Stale(Inode parent, Inode file, String path, boolean parentLoaded) implements Known {}

        /** The parent's listing has to be loaded. */
        record NeedsListing(Inode parent) implements Known {}

        /** Nothing is known. */
        record Unknown(Inode parent, String path, boolean parentLoaded) implements Known {}
    }

    Attributes lookup(long parentIno, String name, Wait wait) throws FsException {
        Names.check(name);
        boolean trustFacts = false;
        for (int round = 0; round < MAX_ROUNDS; round++) {
            boolean trust = trustFacts;
            Known known = table.read(() -> known(parentIno, name, trust));
            switch (known) {
                case Known.Found found -> {
                    if (round > 0) {
                        eviction.sweepIfNeeded();
                    }
                    return found.attributes();
                }
                case Known.Absent() -> throw absent(name);
                default -> {
                    if (wait == Wait.NEVER) {
                        throw WouldBlockException.INSTANCE;
                    }
                }
            }
            switch (known) {
                case Known.Stale stale -> {
                    revalidate(stale);
                    trustFacts = true;
                }
                case Known.NeedsListing needs -> directories.load(needs.parent());
                case Known.Unknown unknown -> {
                    if (!probe(unknown)) {
                        throw absent(name);
                    }
                    trustFacts = true;
                }
                default -> throw new IllegalStateException("handled above: " + known);
            }
        }
        throw new FsException(Errno.EAGAIN, "'" + name + "' changes faster than it can be looked up");
    }

    private static FsException absent(String name) {
        return new FsException(Errno.ENOENT, "no '" + name + "'");
    }

    private Known known(long parentIno, String name, boolean trustFacts) throws FsException {
        Inode parent = table.directory(parentIno);
        table.used(parent);
        Inode child = parent.entries().get(name);
        String path = table.childPath(parent, name);
        if (child != null) {
            if (child.isFile() && !trustFacts && isStale(child)) {
                return new Known.Stale(parent, child, path, parent.childrenLoaded);
            }
            if (child.isDirectory() && !InodeTable.isLoaded(parent) && !child.keptLocally && !trustFacts) {
                return new Known.NeedsListing(parent);
            }
            child.nlookup.incrementAndGet();
            return new Known.Found(child.attributes());
        }
        if (!parent.childrenFromRemote || table.deletes().isTombstone(path) || negative.contains(path)) {
            return new Known.Absent();
        }
        if (parent.childrenLoaded && isFresh(parent.childrenConfirmed)) {
            return new Known.Absent();
        }
        return new Known.Unknown(parent, path, parent.childrenLoaded);
    }

    private boolean isStale(Inode file) {
        return !file.isDirty()
                && file.writeHandles.get() == 0
                && file.hubState.mayExist()
                && !isFresh(file.lastRevalidated);
    }

    private boolean isFresh(Instant since) {
        return since.plus(table.settings().metadataTtl()).isAfter(table.now());
    }

    private void revalidate(Known.Stale stale) {
        String path = stale.path();
        try {
            if (listInstead(stale.parent(), stale.parentLoaded()) && !table.reading(() -> isStale(stale.file()))) {
                return;
            }
            long asOf = table.reading(table::ask);
            merge.revalidated(path, remote.head(path), asOf);
        } catch (FsException e) {
            // §4.4: what is known stays while the Hub cannot be asked
            log.debug("could not revalidate '{}': {}", path, e.getMessage());
        }
    }

    /**
     * Counts a name that is about to be asked for. Whoever asks for many in one directory gets a listing, which answers
     * for all of them for a while; as the directory may be huge, it may cost at most as many pages as names were asked
     * for singly, and is tried again only when they have doubled.
     *
     * @return whether the directory was listed
     */
    private boolean listInstead(Inode parent, boolean parentLoaded) throws FsException {
        if (!parentLoaded && table.reading(() -> ahead.has(table.path(parent), table))) {
            return directories.load(parent, Integer.MAX_VALUE);
        }
        int misses = parent.misses.incrementAndGet();
        if (misses < 2
                || Integer.bitCount(misses) > 1
                || table.settings().metadataTtl().isZero()) {
            return false;
        }
        int most = (int) Math.min(Integer.MAX_VALUE, (long) misses * Walk.PAGE);
        if (!parentLoaded) {
            return directories.load(parent, most);
        }
        Instant confirmed = table.reading(() -> parent.childrenConfirmed);
        return directories.refresh(parent, confirmed, most);
    }

    /** Asks the Hub for an unknown name; false when it is certainly absent (H-47, H-48). */
    private boolean probe(Known.Unknown unknown) throws FsException {
        Inode parent = unknown.parent();
        if (listInstead(parent, unknown.parentLoaded())) {
            return true;
        }
        long asOf = table.reading(table::ask);
        HubFile file = remote.head(unknown.path());
        if (file != null && file.size() >= 0) {
            merge.found(parent, file, asOf);
            return true;
        }
        if (!unknown.parentLoaded()) {
            directories.load(parent);
            return true;
        }
        if (file != null) {
            directories.reload(parent); // only the listing knows its size
            return true;
        }
        boolean inhabited = remote.list(unknown.path(), false).stream()
                .anyMatch(entry -> RemotePath.isBelow(entry.path(), unknown.path())); // H-45
        if (inhabited && merge.foundDirectory(parent, unknown.path(), asOf)) {
            return true;
        }
        negative.add(unknown.path());
        return false;
    }
}
