package io.hfmount.xet.compress;

/**
 * Applies one choice of scheme to a run of chunks, as the reference does: a run starts at every file start and every
 * {@code interval} chunks within a file. Not thread-safe.
 */
public final class SchemeRuns {
    /** Chunks per run unless configured. */
    public static final int DEFAULT_INTERVAL = 32;

    private final int interval;
    private int inFile;
    private Scheme current = Scheme.LZ4;

    /**
     * Creates the policy.
     *
     * @param interval chunks per run, 0 for one run per file
     */
    public SchemeRuns(int interval) {
        if (interval < 0) {
            throw new IllegalArgumentException("the interval is 0 or more chunks, not " + interval);
        }
        this.interval = interval;
    }

    /** Says that the next chunk starts a file, or a new xorb. */
    public void startFile() {
        inFile = 0;
    }

    /** The scheme to request for the next chunk {@code data[off..off+len)}. */
    public Scheme next(byte[] data, int off, int len) {
        if (interval == 0 ? inFile == 0 : inFile % interval == 0) {
            current = SchemeChooser.choose(data, off, len);
        }
        inFile++;
        return current;
    }
}
