package io.hfmount.agent.mount;

import io.hfmount.agent.MountException;
import io.hfmount.agent.MountSpec;
import io.hfmount.hub.HubException;
import io.hfmount.model.BucketSource;
import io.hfmount.model.RepoSource;
import io.hfmount.model.Source;
import io.hfmount.model.api.ProblemCode;
import reactor.core.Exceptions;

/** What a failed question to the Hub means to somebody who wants to mount. */
final class HubProblems {
    private HubProblems() {}

    static MountException of(MountSpec spec, RuntimeException failure) {
        Throwable cause = Exceptions.unwrap(failure);
        Source source = spec.source();
        if (!(cause instanceof HubException hub)) {
            return unavailable(source, cause);
        }
        return switch (source) {
            case BucketSource bucket -> ofBucket(bucket, hub);
            case RepoSource repo -> ofRepo(repo, hub);
        };
    }

    private static MountException ofBucket(BucketSource bucket, HubException hub) {
        return switch (hub.status()) {
            case 401 -> refused(bucket, hub);
            case 403 -> forbidden(bucket, hub);
            case 404 ->
                new MountException(
                        ProblemCode.UNKNOWN_BUCKET,
                        "there is no " + name(bucket) + ", or this token does not see it; create it or check the name",
                        hub);
            default -> unavailable(bucket, hub);
        };
    }

    /** The Hub hides what a token may not see: for a private repo it says 401 or 404 and that there is none. */
    private static MountException ofRepo(RepoSource repo, HubException hub) {
        int status = hub.status();
        if (status != 401 && status != 403 && status != 404) {
            return unavailable(repo, hub);
        }
        String code = hub.errorCode().orElse("");
        return switch (code) {
            case "GatedRepo" ->
                new MountException(
                        ProblemCode.GATED_REPO,
                        name(repo)
                                + " is gated: ask for access on its page, and use a token of the account that has it",
                        hub);
            case "RevisionNotFound" ->
                new MountException(
                        ProblemCode.UNKNOWN_REVISION,
                        name(repo) + " has no revision '" + repo.revision()
                                + "'; name a branch, a tag, a reference or a whole commit id",
                        hub);
            case "RepoNotFound" -> unknownRepo(repo, hub);
            default ->
                switch (status) {
                    case 401 -> refused(repo, hub);
                    case 403 -> forbidden(repo, hub);
                    default -> unknownRepo(repo, hub);
                };
        };
    }

    private static MountException unknownRepo(RepoSource repo, HubException hub) {
        return new MountException(
                ProblemCode.UNKNOWN_REPO,
                "there is no " + name(repo)
                        + ", or it is private and this token does not see it; check the name, and the token if it is private",
                hub);
    }

    private static MountException refused(Source source, HubException hub) {
        return new MountException(
                ProblemCode.TOKEN_REFUSED,
                "the Hub refused the token for " + name(source) + "; check HF_TOKEN or the token file",
                hub);
    }

    private static MountException forbidden(Source source, HubException hub) {
        return new MountException(
                ProblemCode.TOKEN_REFUSED,
                "the token has no right to mount " + name(source) + " this way: " + hub.getMessage(),
                hub);
    }

    private static MountException unavailable(Source source, Throwable cause) {
        return new MountException(
                ProblemCode.HUB_UNAVAILABLE,
                "the Hub could not be asked about " + name(source) + ": " + cause.getMessage(),
                cause);
    }

    private static String name(Source source) {
        return switch (source) {
            case BucketSource bucket -> "bucket " + bucket.id();
            case RepoSource repo -> repo.kind().wireName() + " " + repo.id();
        };
    }
}
