package io.hfmount.agent.vfs;

/**
 * The flags of open(2) that matter here. Immutable.
 *
 * @param read whether reading is asked for
 * @param write whether writing is asked for
 * @param truncate O_TRUNC
 * @param append O_APPEND
 * @param exclusive O_EXCL
 * @param sync O_SYNC or O_DSYNC
 */
public record OpenFlags(
        boolean read, boolean write, boolean truncate, boolean append, boolean exclusive, boolean sync) {
    private static final int O_ACCMODE = 3;
    private static final int O_WRONLY = 1;
    private static final int O_EXCL = 0200;
    private static final int O_TRUNC = 01000;
    private static final int O_APPEND = 02000;
    private static final int O_DSYNC = 010000;

    /** For reading only. */
    public static final OpenFlags READ_ONLY = fromLinux(0);

    /** For reading and writing. */
    public static final OpenFlags READ_WRITE = fromLinux(2);

    /** Decodes Linux flag bits. */
    public static OpenFlags fromLinux(int bits) {
        int access = bits & O_ACCMODE;
        return new OpenFlags(
                access != O_WRONLY,
                access != 0,
                (bits & O_TRUNC) != 0,
                (bits & O_APPEND) != 0,
                (bits & O_EXCL) != 0,
                (bits & O_DSYNC) != 0);
    }
}
