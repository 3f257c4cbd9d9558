package io.hfmount.agent.transport.fuse;

/**
 * Reader threads of all mounts of the process together: each holds two request-sized buffers, so many mounts get fewer
 * readers each, but never less than two. Thread-safe.
 */
final class ReaderAllowance {
    static final int LEAST_PER_MOUNT = 2;

    /** One for the process. */
    static final ReaderAllowance PROCESS = new ReaderAllowance(32);

    private final int cap;
    /** Guarded by this. */
    private int taken;

    ReaderAllowance(int cap) {
        this.cap = cap;
    }

    /** Takes up to {@code wanted} readers. */
    synchronized int take(int wanted) {
        int granted = Math.max(Math.min(LEAST_PER_MOUNT, wanted), Math.min(wanted, cap - taken));
        taken += granted;
        return granted;
    }

    /** Gives {@code count} readers back. */
    synchronized void giveBack(int count) {
        taken -= count;
        assert taken >= 0;
    }
}
