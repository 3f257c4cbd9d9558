package io.hfmount.agent.fs;

import io.hfmount.hub.HubEntry;
import io.hfmount.model.RemotePath;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The recursive listing of a directory as listings of each directory in it: the Hub has no empty directories, so the
 * files tell of all. Stateless.
 */
public final class SubtreeListing {
    private SubtreeListing() {}

    /**
     * Splits it.
     *
     * @param root the directory that was listed
     * @param files all files below it; whatever else is in there is left out (H-45)
     * @return files and directories by the directory they are in, the root always; others hold nothing
     */
    public static Map<String, List<HubEntry>> byDirectory(String root, List<HubEntry> files) {
        Map<String, List<HubEntry>> directories = new HashMap<>();
        Set<String> shown = new HashSet<>();
        directories.put(root, new ArrayList<>());
        for (HubEntry entry : files) {
            String path = entry.path();
            if (!(entry instanceof HubEntry.File) || !RemotePath.isValid(path) || !RemotePath.isBelow(path, root)) {
                continue;
            }
            String directory = RemotePath.parent(path);
            directories.computeIfAbsent(directory, _ -> new ArrayList<>()).add(entry);
            while (!directory.equals(root) && shown.add(directory)) {
                String up = RemotePath.parent(directory);
                directories.computeIfAbsent(up, _ -> new ArrayList<>()).add(new HubEntry.Directory(directory));
                directory = up;
            }
        }
        return directories;
    }
}
