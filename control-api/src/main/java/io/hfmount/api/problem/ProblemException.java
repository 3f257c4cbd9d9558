package io.hfmount.api.problem;

import io.hfmount.model.api.Problem;
import io.hfmount.model.api.ProblemCode;
import java.io.Serial;

/** A refusal with its body. An expected answer, so without a stack trace. */
public final class ProblemException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("serial") // never serialised
    private final transient Problem problem;

    public ProblemException(Problem problem) {
        super(problem.detail(), null, false, false);
        this.problem = problem;
    }

    public ProblemException(ProblemCode code, String detail) {
        this(Problem.of(code, detail));
    }

    /** What the client gets. */
    public Problem problem() {
        return problem;
    }
}
