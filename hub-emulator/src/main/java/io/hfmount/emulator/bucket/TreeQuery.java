package io.hfmount.emulator.bucket;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/**
 * What a listing asks (hub-api §2.5). The prefix is matched against whole keys as text, not by path segment.
 *
 * @param prefix raw prefix, empty for everything
 * @param recursive whether all files are shown, and no directory
 * @param after where to go on, or null for the start
 * @param limit most entries of the page, at least 1
 */
public record TreeQuery(
        String prefix, boolean recursive, @Nullable TreePosition after, int limit) {
    public TreeQuery {
        if (limit < 1) {
            throw new IllegalArgumentException("a page has at least 1 entry");
        }
    }

    TreePage run(NavigableMap<String, BucketFile> files) {
        List<TreeEntry> entries = new ArrayList<>();
        TreePosition last = null;
        Map.Entry<String, BucketFile> at = first(files);
        while (at != null && at.getKey().startsWith(prefix)) {
            if (entries.size() == limit) {
                return new TreePage(entries, last);
            }
            String key = at.getKey();
            int slash = recursive ? -1 : cut(key);
            if (slash < 0) {
                entries.add(new TreeEntry.File(at.getValue()));
                last = new TreePosition(key, false);
                at = files.higherEntry(key);
            } else {
                String directory = key.substring(0, slash);
                entries.add(new TreeEntry.Directory(directory, newest(files, directory)));
                last = new TreePosition(directory, true);
                at = files.ceilingEntry(afterAllBelow(directory));
            }
        }
        return new TreePage(entries, null);
    }

    private Map.@Nullable Entry<String, BucketFile> first(NavigableMap<String, BucketFile> files) {
        if (after == null) {
            return files.ceilingEntry(prefix);
        }
        return after.isDirectory() ? files.ceilingEntry(afterAllBelow(after.path())) : files.higherEntry(after.path());
    }

    /** Where the name of a key's directory ends, or -1 when the key itself is shown. */
    private int cut(String key) {
        int from = prefix.length();
        if (!prefix.isEmpty() && !prefix.endsWith("/") && from < key.length() && key.charAt(from) == '/') {
            from++; // below prefix + "/": cut at the slash after that one
        }
        return key.indexOf('/', from);
    }

    private static long newest(NavigableMap<String, BucketFile> files, String directory) {
        long newest = 0;
        for (BucketFile file : files.subMap(directory + "/", true, afterAllBelow(directory), false)
                .values()) {
            newest = Math.max(newest, file.uploadedAt());
        }
        return newest;
    }

    /** The smallest text above every key below {@code directory}: '0' follows '/'. */
    private static String afterAllBelow(String directory) {
        return directory + "0";
    }
}
