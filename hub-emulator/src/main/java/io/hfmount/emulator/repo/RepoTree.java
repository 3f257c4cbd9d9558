package io.hfmount.emulator.repo;

import io.hfmount.model.PathOrder;
import io.hfmount.model.RemotePath;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** The files of a commit, in the order of their paths' bytes. Immutable; commits share the files they have in common. */
public final class RepoTree {
    /** No file. */
    public static final RepoTree EMPTY = new RepoTree(List.of());

    private static final Comparator<RepoFile> ORDER = Comparator.comparing(RepoFile::path, PathOrder.INSTANCE);

    private final List<RepoFile> files;

    private RepoTree(List<RepoFile> files) {
        this.files = files;
    }

    /** All files. */
    public List<RepoFile> files() {
        return files;
    }

    /** The file at {@code path}, or empty. */
    public Optional<RepoFile> file(String path) {
        int at = search(path);
        return at < 0 ? Optional.empty() : Optional.of(files.get(at));
    }

    /** Whether something lies below {@code path}; the root always is a directory. */
    public boolean isDirectory(String path) {
        return path.isEmpty() || !below(path).isEmpty();
    }

    /** The files below a directory, the root being the empty path. */
    public List<RepoFile> below(String directory) {
        if (directory.isEmpty()) {
            return files;
        }
        int from = search(directory + "/");
        int to = search(directory + "0"); // '0' follows '/'
        return files.subList(from < 0 ? -from - 1 : from, to < 0 ? -to - 1 : to);
    }

    /** An entry of a listing. */
    public sealed interface Entry {
        /** Its full path. */
        String path();

        /** A file. */
        record File(RepoFile file) implements Entry {
            @Override
            public String path() {
                return file.path();
            }
        }

        /** A directory. */
        record Directory(String path) implements Entry {}
    }

    /** What lies below a directory, directories before what is in them; not only its own children if {@code recursive}. */
    public List<Entry> list(String directory, boolean recursive) {
        List<Entry> entries = new ArrayList<>();
        String before = directory;
        for (RepoFile file : below(directory)) {
            String parent = RemotePath.parent(file.path());
            for (String folder : newFolders(directory, before, parent)) {
                if (recursive || RemotePath.parent(folder).equals(directory)) {
                    entries.add(new Entry.Directory(folder));
                }
            }
            before = parent;
            if (recursive || parent.equals(directory)) {
                entries.add(new Entry.File(file));
            }
        }
        return entries;
    }

    /** The folders from below {@code directory} down to {@code parent} that {@code before} does not lie in. */
    private static List<String> newFolders(String directory, String before, String parent) {
        List<String> folders = new ArrayList<>();
        String folder = parent;
        while (RemotePath.isBelow(folder, directory) && !folder.equals(before) && !RemotePath.isBelow(before, folder)) {
            folders.addFirst(folder);
            folder = RemotePath.parent(folder);
        }
        return folders;
    }

    /** A stable id of a directory's content, of the form of git's. */
    public String oid(String directory) {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        for (RepoFile file : below(directory)) {
            lines.writeBytes((file.content().oid() + " " + file.path() + "\n").getBytes(StandardCharsets.UTF_8));
        }
        return GitId.of("tree", lines.toByteArray());
    }

    /** The tree after {@code changes}, made by the commit {@code id}, in order. */
    RepoTree with(List<RepoChange> changes, String id) {
        NavigableMap<String, RepoFile> all = new TreeMap<>(PathOrder.INSTANCE);
        files.forEach(file -> all.put(file.path(), file));
        for (RepoChange change : changes) {
            switch (change) {
                case RepoChange.Put(String path, RepoContent content) ->
                    all.compute(
                            path,
                            (key, old) -> old != null && old.content().equals(content)
                                    ? old
                                    : new RepoFile(path, content, id));
                case RepoChange.Remove(String path) -> all.remove(path);
            }
        }
        return new RepoTree(List.copyOf(all.values()));
    }

    private int search(String path) {
        int low = 0;
        int high = files.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = PathOrder.INSTANCE.compare(files.get(middle).path(), path);
            if (order == 0) {
                return middle;
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -low - 1;
    }

    void checkInvariants() {
        for (int i = 1; i < files.size(); i++) {
            if (ORDER.compare(files.get(i - 1), files.get(i)) >= 0) {
                throw new AssertionError(
                        "a tree is out of order at " + files.get(i).path());
            }
        }
    }
}
