package io.hfmount.agent.fs;

import io.hfmount.hub.HubEntry;
import io.hfmount.hub.HubFile;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the poller may change in the file system (mount-semantics §4). Thread-safe. Every call tells the kernel of what
 * it changed, after its locks are released (H-41). Paths are mount-relative.
 *
 * <p>{@code asOf} is what {@link #ask()} gave before the Hub was asked. Entries that we changed or committed since, or
 * of which an answer to a later question told, are left alone (H-62, H-63): answers may arrive in any order.
 */
public interface RemoteView {
    /** A question is put to the Hub now: its place in the order of own changes, own commits and questions. */
    long ask();

    /** Paths of all directories whose children are known, parents first; the root is the empty path. */
    List<String> loadedDirectories();

    /**
     * Names of known, clean, published files and directories of {@code directory} that {@code entries} does not show:
     * what {@link #merge} would remove. To be confirmed one by one before (H-50).
     */
    Set<String> missing(String directory, List<HubEntry> entries, long asOf);

    /**
     * Brings one loaded directory in line with its listing: new entries appear, changed ones are updated unless dirty or
     * open for writing (identity freeze, §4.6), those in {@code gone} are removed unless dirty (open ones live on as
     * orphans, H-43), directories only if nothing below is dirty or open.
     *
     * @return number of entries that changed
     */
    int merge(String directory, List<HubEntry> entries, Set<String> gone, long asOf);

    /** A whole directory turned out to be gone remotely: as if merged with an empty listing, then removed. */
    void directoryGone(String directory, long asOf);

    /** Result of a HEAD on a known file (§4.4): updates, removes, or stamps it as revalidated. */
    void revalidated(String path, @Nullable HubFile answer, long asOf);

    /**
     * The Hub was looked at, and what is loaded will be listed if it changed.
     *
     * @param moved whether the Hub has or may have changed: forgets cached absences and listings that nobody has used
     *     yet, so call it before {@link #loadedDirectories}
     */
    void roundBegins(boolean moved);
}
