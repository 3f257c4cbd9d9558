package io.hfmount.agent.fs;

import io.hfmount.agent.vfs.FsException;
import io.hfmount.hub.BatchOperation.AddFile;
import io.hfmount.hub.BatchResult;
import io.hfmount.hub.HubException;
import io.hfmount.hub.HubFile;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
     */
    void putBack(Map<String, AddFile> ours, List<AddFile> before) {
        if (before.isEmpty()) {
            return;
        }
        try {
            Map<String, HubFile> there =
                    remote.pathsInfo(before.stream().map(AddFile::path).toList());
            List<AddFile> replaced = before.stream()
                    .filter(old -> has(there, Objects.requireNonNull(ours.get(old.path()))))
                    .toList();
            if (!replaced.isEmpty()) {
                Map<String, String> failures = send(replaced).failures();
                if (!failures.isEmpty()) {
                    log.error("replaced by a rename that failed, and not put back: {}", failures);
                }
            }
        } catch (FsException | RuntimeException e) {
            log.error(
                    "a rename failed whose answer was lost; the Hub may have replaced {}, which could not be put back: {}",
                    before,
                    e.getMessage());
        }
    }
}
