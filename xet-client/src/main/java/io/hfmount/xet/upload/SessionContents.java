package io.hfmount.xet.upload;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.shard.FileEntry;
import io.hfmount.xet.shard.Segment;
import io.hfmount.xet.shard.XorbEntry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What a session is going to register: the files it made and the xorbs it sealed, and the shards that describe them
 * (xet-protocol §11.4). Thread-safe.
 */
final class SessionContents {
    // Guarded by this.
    private final Map<FileWork, FileDraft> files = new LinkedHashMap<>();
    private final List<OpenXorb> sealed = new ArrayList<>();

    /** Takes a file, instead of what the same work made before. */
    synchronized void put(FileWork work, FileDraft file) {
        files.put(work, file);
    }

    /** Takes a sealed xorb. */
    synchronized void add(OpenXorb xorb) {
        sealed.add(xorb);
    }

    /** The sealed xorbs. */
    synchronized List<OpenXorb> xorbs() {
        return List.copyOf(sealed);
    }

    /** One draft of each content. */
    synchronized List<FileDraft> files() {
        Map<ContentHash, FileDraft> byHash = new LinkedHashMap<>();
        files.values().forEach(file -> byHash.putIfAbsent(file.hash(), file));
        return List.copyOf(byHash.values());
    }

    /** Files that may refer to something that storage has lost. */
    synchronized Map<FileWork, FileDraft> doubtful() {
        Map<FileWork, FileDraft> doubtful = new LinkedHashMap<>();
        files.forEach((work, file) -> {
            if (work.isComposed() || file.trusts()) {
                doubtful.put(work, file);
            }
        });
        return doubtful;
    }

    /** The xorbs that {@code refused} trusted to be stored: those of their xorbs that are not the session's own. */
    synchronized Set<ContentHash> trusted(Collection<FileDraft> refused) {
        Set<ContentHash> own = new HashSet<>();
        for (OpenXorb xorb : sealed) {
            own.add(Objects.requireNonNull(xorb.hash(), "a sealed xorb has its hash"));
        }
        Set<ContentHash> trusted = new LinkedHashSet<>();
        refused.stream()
                .filter(FileDraft::trusts)
                .flatMap(file -> file.entry().segments().stream())
                .map(Segment::xorb)
                .filter(xorb -> !own.contains(xorb))
                .forEach(trusted::add);
        return trusted;
    }

    /**
     * The shards that register everything.
     *
     * @param stranded xorbs of failed sessions, described too if a file uses them
     * @param limit size of a shard in bytes
     */
    synchronized List<byte[]> shards(StrandedXorbs stranded, int limit) {
        List<FileEntry> entries = files().stream().map(FileDraft::entry).toList();
        List<XorbEntry> xorbs = new ArrayList<>(ShardPacker.xorbEntries(sealed));
        addStranded(stranded, entries, xorbs);
        return ShardPacker.pack(entries, xorbs, limit);
    }

    private static void addStranded(StrandedXorbs stranded, List<FileEntry> files, List<XorbEntry> xorbs) {
        Set<ContentHash> described = new HashSet<>();
        xorbs.forEach(xorb -> described.add(xorb.hash()));
        for (FileEntry file : files) {
            for (Segment segment : file.segments()) {
                List<Chunk> chunks = stranded.chunks(segment.xorb());
                if (chunks != null && described.add(segment.xorb())) {
                    xorbs.add(ShardPacker.entry(segment.xorb(), chunks));
                }
            }
        }
    }
}
