package io.hfmount.agent;

import io.hfmount.model.api.ProblemCode;
import java.io.Serial;

/** An option that does not exist or whose value cannot be used. */
public final class InvalidOptionException extends MountException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final String option;

    /**
     * @param code UNKNOWN_OPTION, BAD_OPTION or BAD_DURATION
     * @param option its name
     * @param reason what is expected, continuing "option NAME: "
     */
    public InvalidOptionException(ProblemCode code, String option, String reason) {
        super(code, "option " + option + ": " + reason);
        this.option = option;
    }

    /** Name of the option. */
    public String option() {
        return option;
    }
}
