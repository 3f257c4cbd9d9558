package io.hfmount.api.config;

import java.io.Serial;

/** A setting whose value cannot be used; the process ends with code 2. The message never holds a secret. */
public final class InvalidSettingException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    /**
     * @param setting its name, with the environment variable if it has one
     * @param reason what is expected
     */
    public InvalidSettingException(String setting, String reason) {
        super(setting + ": " + reason);
    }
}
