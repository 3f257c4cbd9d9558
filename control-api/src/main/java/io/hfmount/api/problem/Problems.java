package io.hfmount.api.problem;

import io.hfmount.agent.InvalidOptionException;
import io.hfmount.agent.MountException;
import io.hfmount.model.api.Problem;
import io.hfmount.model.api.ProblemCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.codec.DecodingException;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.web.server.ResponseStatusException;

/** The table from causes to problem bodies. Stateless. */
final class Problems {
    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);

    private Problems() {}

    static Problem of(Throwable failure) {
        return switch (failure) {
            case ProblemException own -> own.problem();
            case InvalidOptionException option -> Problem.ofOption(option.code(), message(option), option.option());
            case MountException mount -> ofMount(mount);
            case ResponseStatusException status -> ofStatus(status);
            case DecodingException decoding ->
                Problem.of(ProblemCode.MALFORMED_REQUEST, "the body is not the JSON object that is expected");
            default -> internal(failure);
        };
    }

    private static Problem ofMount(MountException failure) {
        if (failure.code() == ProblemCode.INTERNAL) {
            return internal(failure);
        }
        return Problem.of(failure.code(), message(failure));
    }

    /** What the framework refuses. Its own texts name classes, so they stay out of the answer. */
    private static Problem ofStatus(ResponseStatusException failure) {
        if (causedBy(failure, DataBufferLimitException.class)) {
            return Problem.of(ProblemCode.PAYLOAD_TOO_LARGE, "the body is larger than 1 MiB");
        }
        return switch (failure.getStatusCode().value()) {
            case 400 ->
                Problem.of(
                        ProblemCode.MALFORMED_REQUEST,
                        "the body or a parameter is not what is expected: a JSON object with known members");
            case 404 -> Problem.of(ProblemCode.NOT_FOUND, "there is no such route; the API is at /v1/mounts");
            case 405 -> Problem.of(ProblemCode.METHOD_NOT_ALLOWED, "the route does not take this method");
            case 406 -> Problem.of(ProblemCode.NOT_ACCEPTABLE, "the answer is application/json");
            case 413 -> Problem.of(ProblemCode.PAYLOAD_TOO_LARGE, "the body is larger than 1 MiB");
            case 415 -> Problem.of(ProblemCode.UNSUPPORTED_MEDIA_TYPE, "send Content-Type: application/json");
            default -> internal(failure);
        };
    }

    private static Problem internal(Throwable failure) {
        LOG.error("a request failed", failure);
        return Problem.of(ProblemCode.INTERNAL, "an unexpected fault; the log of the service tells more");
    }

    private static boolean causedBy(Throwable failure, Class<? extends Throwable> type) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < 16; depth++) {
            if (type.isInstance(cause)) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    private static String message(Throwable failure) {
        String message = failure.getMessage();
        return message == null ? "no details" : message;
    }
}
