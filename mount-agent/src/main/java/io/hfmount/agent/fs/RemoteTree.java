package io.hfmount.agent.fs;

import io.hfmount.agent.vfs.FsException;
import io.hfmount.hub.HubEntry;
import io.hfmount.hub.HubFile;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The Hub's tree, with failures as errno (mount-semantics §2.0). Every call waits for the network. Paths are
 * mount-relative. Thread-safe.
 */
public interface RemoteTree {
    /**
     * HEAD of one path.
     *
     * @return null when the path is absent
     */
    @Nullable
    HubFile head(String path) throws FsException;

    /** The entries strictly below {@code directory}. */
    List<HubEntry> list(String directory, boolean recursive) throws FsException;

    /**
     * The same, unless there are more than {@code most}; then little more than that is read.
     *
     * @return null when there are more
     */
    default @Nullable List<HubEntry> listAtMost(String directory, boolean recursive, int most) throws FsException {
        List<HubEntry> entries = list(directory, recursive);
        return entries.size() > most ? null : entries;
    }

    /** What is at these paths; absent ones are left out. */
    Map<String, HubFile> pathsInfo(List<String> paths) throws FsException;
}
