package io.hfmount.agent.fs;

import io.hfmount.agent.fs.Restores.Lost;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.hub.BatchOperation;
import io.hfmount.hub.BatchResult;
import io.hfmount.hub.BucketHub;
import io.hfmount.hub.HubEntry;
import io.hfmount.hub.HubFile;
import io.hfmount.model.ContentHash;
import io.hfmount.model.RemotePath;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Moves and copies of published content on the Hub: by hash, no bytes are sent. New paths are added and confirmed before
 * old ones are deleted, for a batch is no transaction and content must never be at neither place (H-55). Deletes that
 * fail are queued and go later. Every method but {@link #onLane} runs inside a turn of the lane, on a thread that may
 * wait.
 */
final class RemoteMoves {
    private static final Logger log = LoggerFactory.getLogger(RemoteMoves.class);

    private final InodeTable table;
    private final CommitLane lane;
    private final RemoteTree remote;
    private final Function<Throwable, FsException> errnoTable;
    private final ConfirmedAdds adds;
    private final Restores restores;

    RemoteMoves(
            InodeTable table,
            CommitLane lane,
            RemoteTree remote,
            Restores restores,
            Function<Throwable, FsException> errnoTable) {
        this.table = table;
        this.lane = lane;
        this.remote = remote;
        this.errnoTable = errnoTable;
        this.adds = new ConfirmedAdds(lane, remote);
        this.restores = restores;
    }

    /**
     * What the Hub moved.
     *
     * @param hashes content by old path
     * @param asOf when the Hub was asked what there is, on the table's clock
     */
    record Moved(Map<String, ContentHash> hashes, long asOf) {
        static final Moved NOTHING = new Moved(Map.of(), 0);

        boolean isNothing() {
            return hashes.isEmpty();
        }
    }

    /** Runs blocking work as one turn of the lane and waits for it. */
    <T> T onLane(Callable<T> work) throws FsException {
        try {
            T result = lane.run(() -> Mono.<T>create(sink -> Thread.ofVirtual()
                            .name("hub-move")
                            .start(() -> {
                                try {
                                    sink.success(work.call());
                                } catch (Throwable t) {
                                    sink.error(t);
                                }
                            })))
                    .block();
            if (result == null) {
                throw new IllegalStateException("a turn without a result");
            }
            return result;
        } catch (RuntimeException e) {
            Throwable cause = reactor.core.Exceptions.unwrap(e);
            if (cause instanceof FsException refused) {
                throw refused;
            }
            throw errnoTable.apply(cause);
        }
    }

    /** Moves one published file; nothing when it became dirty meanwhile. */
    Moved file(Inode source, String oldPath, String newPath) throws FsException {
        ContentHash hash = table.<@Nullable ContentHash>reading(() -> source.isDirty() ? null : source.contentHash);
        if (hash == null) {
            return Moved.NOTHING;
        }
        Instant mtime = table.reading(() -> source.mtime);
        long asOf = table.reading(table::ask);
        addAll(List.of(new BatchOperation.AddFile(newPath, hash, mtime)));
        deleteAll(Map.of(oldPath, hash));
        return new Moved(Map.of(oldPath, hash), asOf);
    }

    /** Moves everything that the Hub has below a directory, but for what is dirty here or waits for its delete. */
    Moved directory(String oldPath, String newPath) throws FsException {
        long asOf = table.reading(table::ask);
        List<HubEntry> listed = new ArrayList<>(remote.list(oldPath, true));
        addUnlisted(oldPath, listed);
        List<BatchOperation.AddFile> targets = new ArrayList<>();
        Map<String, ContentHash> moved = new HashMap<>();
        table.reading(() -> {
            for (HubEntry entry : listed) {
                if (entry instanceof HubEntry.File(HubFile file) && RemotePath.isBelow(file.path(), oldPath)) {
                    ContentHash hash = file.hash();
                    Inode known = table.at(file.path());
                    if (hash == null
                            || table.deletes().isTombstone(file.path())
                            || (known != null && known.isDirty())) {
                        continue;
                    }
                    Instant mtime = file.mtime() != null ? file.mtime() : table.now();
                    String target = newPath + file.path().substring(oldPath.length());
                    targets.add(new BatchOperation.AddFile(target, hash, mtime));
                    moved.put(file.path(), hash);
                }
            }
            return 0;
        });
        addAll(targets);
        deleteAll(moved);
        return new Moved(moved, asOf);
    }

    /** Listings lag behind: published files that this one lacks are asked for by name before they count as gone (H-50). */
    private void addUnlisted(String directory, List<HubEntry> listed) throws FsException {
        Set<String> known = table.reading(() -> {
            Set<String> paths = new TreeSet<>();
            Inode inode = table.at(directory);
            if (inode != null) {
                collectPublished(inode, directory, paths);
            }
            return paths;
        });
        listed.forEach(entry -> known.remove(entry.path()));
        List<String> unlisted = List.copyOf(known);
        for (int from = 0; from < unlisted.size(); from += BucketHub.MAX_BATCH) {
            List<String> chunk = unlisted.subList(from, Math.min(unlisted.size(), from + BucketHub.MAX_BATCH));
            remote.pathsInfo(chunk).values().forEach(file -> listed.add(new HubEntry.File(file)));
        }
    }

    private static void collectPublished(Inode directory, String path, Set<String> paths) {
        directory.entries().forEach((name, child) -> {
            String childPath = RemotePath.join(path, name);
            if (child.isDirectory()) {
                collectPublished(child, childPath, paths);
            } else if (child.isFile() && !child.isDirty() && child.hubState.mayExist()) {
                paths.add(childPath);
            }
        });
    }

    /**
     * The move was refused here after the Hub had made it: the old paths get their content back, for a listing without
     * them would remove them here as well. The new paths are left as they are.
     */
    void restore(Moved moved) {
        List<BatchOperation.AddFile> olds = new ArrayList<>();
        Map<String, Lost> lost = new HashMap<>();
        table.writing(() -> {
            moved.hashes().forEach((path, hash) -> {
                Inode there = table.at(path);
                if (there == null || !there.isDirty()) {
                    table.deletes().cancel(path);
                    olds.add(new BatchOperation.AddFile(path, hash, there == null ? table.now() : there.mtime));
                    if (there != null && hash.equals(there.contentHash)) {
                        lost.put(path, new Lost(there, path, hash, there.size, there.mtime));
                    }
                }
            });
            return 0;
        });
        for (int from = 0; from < olds.size(); from += BucketHub.MAX_BATCH) {
            List<BatchOperation.AddFile> chunk = olds.subList(from, Math.min(olds.size(), from + BucketHub.MAX_BATCH));
            for (String path : adds.tryAll(chunk)) {
                hold(path, lost.get(path), new Restore(Set.of()));
            }
        }
    }

    private void hold(String path, @Nullable Lost lost, Restore why) {
        if (lost == null || lost.size() < 0) {
            log.error("a rename failed; the Hub may have lost '{}' to it, which is not known here well enough", path);
        } else {
            restores.hold(lost, why);
        }
    }

    /** Adds one name for known content. */
    void add(String path, ContentHash hash, Instant mtime) throws FsException {
        addAll(List.of(new BatchOperation.AddFile(path, hash, mtime)));
    }

    /** All or an error; what was added before the error is queued for deletion, and what it replaced is put back. */
    private void addAll(List<BatchOperation.AddFile> wanted) throws FsException {
        List<BatchOperation.AddFile> added = new ArrayList<>();
        Map<String, Lost> before = table.reading(() -> replacedBy(wanted));
        for (int from = 0; from < wanted.size(); from += BucketHub.MAX_BATCH) {
            List<BatchOperation.AddFile> chunk =
                    wanted.subList(from, Math.min(wanted.size(), from + BucketHub.MAX_BATCH));
            try {
                Map<String, String> failures = adds.send(chunk).failures();
                chunk.stream().filter(op -> !failures.containsKey(op.path())).forEach(added::add);
                if (!failures.isEmpty()) {
                    throw new FsException(Errno.EIO, "the Hub refused " + failures);
                }
            } catch (FsException e) {
                undo(added, before);
                throw e;
            } catch (RuntimeException e) {
                added.addAll(chunk);
                undo(added, before);
                throw e;
            }
        }
    }

    private BatchResult send(List<? extends BatchOperation> operations) {
        BatchResult result = lane.send(List.copyOf(operations)).block();
        if (result == null) {
            throw new IllegalStateException("a batch without a result");
        }
        return result;
    }

    /** Published files that {@code adds} replace, by path. A poll may see them replaced before we know. */
    private Map<String, Lost> replacedBy(List<BatchOperation.AddFile> adds) {
        Map<String, Lost> replaced = new HashMap<>();
        for (BatchOperation.AddFile op : adds) {
            Inode there = table.at(op.path());
            if (there != null
                    && !there.isDirty()
                    && there.hubState instanceof HubState.Present(ContentHash before)
                    && !before.equals(op.hash())) {
                long size = before.equals(there.contentHash) ? there.size : -1;
                replaced.put(op.path(), new Lost(there, op.path(), before, size, there.mtime));
            }
        }
        return replaced;
    }

    private void undo(List<BatchOperation.AddFile> added, Map<String, Lost> before) {
        Map<String, BatchOperation.AddFile> ours = new HashMap<>();
        Map<String, Lost> lost = new HashMap<>();
        table.writing(() -> {
            lost.putAll(replacedBy(added));
            for (BatchOperation.AddFile op : added) {
                Inode there = table.at(op.path());
                Lost known = before.get(op.path());
                if (there == null || (!there.isDirty() && !there.hubState.mayExist())) {
                    table.deletes().queue(op.path(), Set.of(op.hash()), table.tick());
                } else if (there.isDirty()) {
                    there.hubState = there.hubState.replacedBy(op.hash()); // a live path is no tombstone
                    there.restore = there.restore == null ? null : there.restore.orOver(op.hash());
                } else if (known != null
                        && known.inode() == there
                        && there.hubState instanceof HubState.Present(ContentHash now)
                        && now.equals(op.hash())) {
                    lost.put(op.path(), known); // a poll saw it replaced
                    there.lastRevalidated = Instant.EPOCH;
                }
                ours.put(op.path(), op);
            }
            return 0;
        });
        List<BatchOperation.AddFile> back = lost.values().stream()
                .map(l -> new BatchOperation.AddFile(l.path(), l.hash(), l.mtime()))
                .toList();
        for (String path : adds.putBack(ours, back)) {
            Lost there = lost.get(path);
            hold(
                    path,
                    there,
                    new Restore(Set.of(Objects.requireNonNull(ours.get(path)).hash())));
        }
    }

    /** Deletes what still is what was moved (H-61); what fails is queued, guarded by the hash as well. */
    private void deleteAll(Map<String, ContentHash> hashes) {
        List<String> paths = List.copyOf(hashes.keySet());
        for (int from = 0; from < paths.size(); from += BucketHub.MAX_BATCH) {
            List<String> chunk = paths.subList(from, Math.min(paths.size(), from + BucketHub.MAX_BATCH));
            Set<String> failed;
            try {
                failed = deleteOurs(chunk, hashes);
            } catch (FsException | RuntimeException e) {
                log.warn(
                        "{} moved paths could not be deleted at their old place yet: {}", chunk.size(), e.getMessage());
                failed = Set.copyOf(chunk);
            }
            Set<String> left = failed;
            table.writing(() -> {
                for (String path : left) {
                    table.deletes().queue(path, Set.of(hashes.get(path)), table.tick());
                }
                return 0;
            });
        }
    }

    private Set<String> deleteOurs(List<String> paths, Map<String, ContentHash> hashes) throws FsException {
        Map<String, HubFile> there = remote.pathsInfo(paths);
        List<BatchOperation> deletes = new ArrayList<>();
        for (String path : paths) {
            HubFile file = there.get(path);
            if (file != null && Objects.equals(hashes.get(path), file.hash())) {
                deletes.add(new BatchOperation.DeleteFile(path));
            } else if (file != null) {
                log.warn("'{}' changed remotely while it was renamed; the newer version stays there", path);
            }
        }
        return deletes.isEmpty() ? Set.of() : send(deletes).failures().keySet();
    }
}
