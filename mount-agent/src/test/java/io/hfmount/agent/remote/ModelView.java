package io.hfmount.agent.remote;

import io.hfmount.agent.fs.RemoteView;
import io.hfmount.hub.HubEntry;
import io.hfmount.hub.HubFile;
import io.hfmount.model.ContentHash;
import io.hfmount.model.RemotePath;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** A file system reduced to what the poller may change: names with a hash, directories with none. For one thread. */
final class ModelView implements RemoteView {
    /** Files by path, hash as known; directories map to null. */
    final Map<String, ContentHash> known = new TreeMap<>();

    final Set<String> loaded = new TreeSet<>();
    final Set<String> dirty = new HashSet<>();
    final List<String> log = new ArrayList<>();
    private final Map<String, Long> changed = new TreeMap<>();
    int roundsThatMoved;
    private long clock;

    ModelView() {
        loaded.add("");
    }

    void file(String path, ContentHash hash) {
        known.put(path, hash);
    }

    void directory(String path, boolean isLoaded) {
        known.put(path, null);
        if (isLoaded) {
            loaded.add(path);
        }
    }

    /** As an own commit does. */
    void ownCommit(String path, ContentHash hash) {
        known.put(path, hash);
        changed.put(path, ++clock);
    }

    @Override
    public long ask() {
        return clock;
    }

    @Override
    public List<String> loadedDirectories() {
        return loaded.stream()
                .sorted(Comparator.comparingLong((String p) -> p.isEmpty()
                                ? -1
                                : p.chars().filter(c -> c == '/').count())
                        .thenComparing(Comparator.naturalOrder()))
                .toList();
    }

    private boolean isChild(String path, String directory) {
        return !path.isEmpty() && RemotePath.parent(path).equals(directory);
    }

    @Override
    public Set<String> missing(String directory, List<HubEntry> entries, long asOf) {
        Set<String> shown = entries.stream().map(HubEntry::path).collect(Collectors.toSet());
        return known.keySet().stream()
                .filter(path -> isChild(path, directory) && !shown.contains(path))
                .filter(path -> !dirty.contains(path) && changed.getOrDefault(path, 0L) <= asOf)
                .map(RemotePath::name)
                .collect(Collectors.toSet());
    }

    @Override
    public int merge(String directory, List<HubEntry> entries, Set<String> gone, long asOf) {
        log.add("merge /" + directory + (gone.isEmpty() ? "" : " without " + new TreeSet<>(gone)));
        int count = 0;
        for (HubEntry entry : entries) {
            if (changed.getOrDefault(entry.path(), 0L) > asOf || dirty.contains(entry.path())) {
                continue;
            }
            ContentHash hash = entry instanceof HubEntry.File(HubFile file) ? file.hash() : null;
            if (!known.containsKey(entry.path()) || !java.util.Objects.equals(known.get(entry.path()), hash)) {
                known.put(entry.path(), hash);
                count++;
            }
        }
        Set<String> removable = missing(directory, entries, asOf);
        for (String name : gone) {
            if (removable.contains(name)) {
                known.remove(RemotePath.join(directory, name));
                count++;
            }
        }
        return count;
    }

    @Override
    public void directoryGone(String directory, long asOf) {
        log.add("gone /" + directory);
        known.keySet().removeIf(path -> path.equals(directory) || RemotePath.isBelow(path, directory));
        loaded.removeIf(path -> path.equals(directory) || RemotePath.isBelow(path, directory));
    }

    @Override
    public void revalidated(String path, HubFile answer, long asOf) {
        throw new AssertionError("the poller revalidates nothing");
    }

    @Override
    public void roundBegins(boolean moved) {
        roundsThatMoved += moved ? 1 : 0;
    }
}
