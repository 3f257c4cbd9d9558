package io.hfmount.agent.mount;

import io.hfmount.agent.MountException;
import io.hfmount.agent.MountSpec;
import io.hfmount.hub.HubException;
import io.hfmount.model.api.ProblemCode;
import reactor.core.Exceptions;

/** What a failed question to the Hub means to somebody who wants to mount. */
final class HubProblems {
    private HubProblems() {}

    static MountException of(MountSpec spec, RuntimeException failure) {
        Throwable cause = Exceptions.unwrap(failure);
        String bucket = spec.source().id();
        if (cause instanceof HubException hub) {
            return switch (hub.status()) {
                case 401 ->
                    new MountException(
                            ProblemCode.TOKEN_REFUSED,
                            "the Hub refused the token for bucket " + bucket + "; check HF_TOKEN or the token file",
                            hub);
                case 403 ->
                    new MountException(
                            ProblemCode.TOKEN_REFUSED,
                            "the token has no right to mount bucket " + bucket + " this way: " + hub.getMessage(),
                            hub);
                case 404 ->
                    new MountException(
                            ProblemCode.UNKNOWN_BUCKET,
                            "there is no bucket " + bucket
                                    + ", or this token does not see it; create it or check the name",
                            hub);
                default -> unavailable(bucket, hub);
            };
        }
        return unavailable(bucket, cause);
    }

    private static MountException unavailable(String bucket, Throwable cause) {
        return new MountException(
                ProblemCode.HUB_UNAVAILABLE,
                "the Hub could not be asked about bucket " + bucket + ": " + cause.getMessage(),
                cause);
    }
}
