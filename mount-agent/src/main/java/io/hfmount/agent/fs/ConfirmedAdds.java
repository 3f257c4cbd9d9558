package io.hfmount.agent.fs;

import io.hfmount.agent.vfs.FsException;
import io.hfmount.hub.BatchOperation.AddFile;
import io.hfmount.hub.BatchResult;
import io.hfmount.hub.BucketHub;
import io.hfmount.hub.HubException;
import io.hfmount.hub.HubFile;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adds names for content that storage has. When the answer to a batch is lost, the Hub is asked what it has, and only what
 * is not there is sent again (H-64). Used inside a turn of the lane, on a thread that may wait. Stateless.
 */
final class ConfirmedAdds {
    private static final Logger log = LoggerFactory.getLogger(ConfirmedAdds.class);
    private static final int MOST_TRIES = 3;

    private final CommitLane lane;
    private final RemoteTree remote;

    ConfirmedAdds(CommitLane lane, RemoteTree remote) {
        this.lane = lane;
        this.remote = remote;
    }

    /**
     * Adds all of {@code adds}, which are one batch at most.
     *
     * @return what was refused
     * @throws HubException if it is not known of all of them what became of them; any may be there then
     */
    BatchResult send(List<AddFile> adds) {
        Map<String, String> failures = new HashMap<>();
        List<AddFile> open = adds;
        for (int tries = 1; ; tries++) {
            try {
                BatchResult result = lane.send(List.copyOf(open)).block();
                failures.putAll(Objects.requireNonNull(result, "a batch without a result")
                        .failures());
                return new BatchResult(failures);
            } catch (HubException e) {
                if (!e.outcomeUnknown()) {
                    throw e;
                }
                open = absent(open);
                if (open.isEmpty()) {
                    return new BatchResult(failures);
                }
                if (tries == MOST_TRIES) {
                    throw e;
                }
                log.info("the answer to adding {} paths was lost ({}), adding again", open.size(), e.getMessage());
            }
        }
    }

    /** Those that the Hub does not have, as far as it can be asked. */
    private List<AddFile> absent(List<AddFile> adds) {
        try {
            Map<String, HubFile> there =
                    remote.pathsInfo(adds.stream().map(AddFile::path).toList());
            return adds.stream().filter(add -> !has(there, add)).toList();
        } catch (FsException | RuntimeException e) {
            log.info("the Hub could not be asked for {} paths: {}", adds.size(), e.getMessage());
            return adds;
        }
    }

    private static boolean has(Map<String, HubFile> there, AddFile add) {
        HubFile file = there.get(add.path());
        return file != null && add.hash().equals(file.hash());
    }

    /**
     * Gives paths their content back that an add of ours replaced, and leaves alone what others made of them since.
     *
     * @param ours what was added, by path
     * @param before what was there
     * @return the paths that are not as they were, as far as is known
     */
    Set<String> putBack(Map<String, AddFile> ours, List<AddFile> before) {
        Set<String> left = new HashSet<>();
        for (int from = 0; from < before.size(); from += BucketHub.MAX_BATCH) {
            List<AddFile> chunk = before.subList(from, Math.min(before.size(), from + BucketHub.MAX_BATCH));
            left.addAll(putChunkBack(ours, chunk));
        }
        return left;
    }

    private Set<String> putChunkBack(Map<String, AddFile> ours, List<AddFile> before) {
        try {
            Map<String, HubFile> there =
                    remote.pathsInfo(before.stream().map(AddFile::path).toList());
            List<AddFile> replaced = before.stream()
                    .filter(old -> has(there, Objects.requireNonNull(ours.get(old.path()))))
                    .toList();
            return replaced.isEmpty() ? Set.of() : tryAll(replaced);
        } catch (FsException | RuntimeException e) {
            log.warn(
                    "the Hub cannot be asked what a failed rename made of {} paths: {}", before.size(), e.getMessage());
            return paths(before);
        }
    }

    /**
     * Adds all of {@code adds}, which are one batch at most.
     *
     * @return the paths that may not have been added
     */
    Set<String> tryAll(List<AddFile> adds) {
        try {
            Map<String, String> failures = send(adds).failures();
            if (!failures.isEmpty()) {
                log.warn("what a failed rename took away is refused: {}", failures);
            }
            return failures.keySet();
        } catch (RuntimeException e) {
            log.warn("{} paths of a failed rename cannot be put back: {}", adds.size(), e.getMessage());
            return paths(adds);
        }
    }

    private static Set<String> paths(List<AddFile> adds) {
        return adds.stream().map(AddFile::path).collect(Collectors.toSet());
    }
}
