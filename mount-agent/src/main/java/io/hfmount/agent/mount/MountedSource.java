package io.hfmount.agent.mount;

import io.hfmount.agent.remote.PlainFiles;
import io.hfmount.agent.remote.RepoSourceHub;
import io.hfmount.agent.remote.SourceHub;
import io.hfmount.hub.BucketHub;
import io.hfmount.hub.HubObserver;
import io.hfmount.hub.TokenSource;
import io.hfmount.hub.http.HttpBucketHub;
import io.hfmount.hub.http.HttpRepoHub;
import io.hfmount.hub.http.HubSettings;
import io.hfmount.model.BucketSource;
import io.hfmount.model.RepoSource;
import io.hfmount.model.Revision;
import io.hfmount.model.Source;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

/**
 * What a mount is of, whichever kind of source it is.
 *
 * @param hub with mount-relative paths
 * @param plain its files outside Xet storage; null for a bucket, which has none
 * @param moves whether others can change it: a commit of a repo stays what it is
 */
record MountedSource(BucketHub hub, @Nullable PlainFiles plain, boolean moves) {
    private static final int READ_ATTEMPTS = 3;

    /**
     * Connects to a source; nothing is asked yet.
     *
     * @param readTimeout longest wait for one answer with content
     * @param closing gets the connections
     */
    static MountedSource connect(
            Source source,
            HubSettings settings,
            TokenSource tokens,
            HubObserver observer,
            Duration readTimeout,
            Closing closing) {
        return switch (source) {
            case BucketSource bucket -> {
                HttpBucketHub hub = closing.add(new HttpBucketHub(settings, bucket, tokens, observer));
                yield new MountedSource(new SourceHub(hub, bucket.prefix()), null, true);
            }
            case RepoSource repo -> {
                HttpRepoHub hub = closing.add(new HttpRepoHub(settings, repo, tokens, observer));
                PlainFiles plain = new PlainFiles(hub, readTimeout, READ_ATTEMPTS, Schedulers.parallel());
                yield new MountedSource(
                        new RepoSourceHub(hub, repo, plain), plain, !Revision.isCommit(repo.revision()));
            }
        };
    }
}
