package io.hfmount.api.lifecycle;

/** How the process ends. */
public final class ExitCode {
    /** All well. */
    public static final int OK = 0;
    /** A fault. */
    public static final int FAULT = 1;
    /** A setting or option that cannot be used. */
    public static final int BAD_OPTION = 2;
    /** Data stayed unpublished. */
    public static final int UNPUBLISHED = 3;

    private ExitCode() {}
}
