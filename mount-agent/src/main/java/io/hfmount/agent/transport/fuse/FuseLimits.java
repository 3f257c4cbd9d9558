package io.hfmount.agent.transport.fuse;

/**
 * What one mount may use. Immutable.
 *
 * <p>Requests that may wait are held in three groups with bounds of their own, so that a group that is stuck never
 * stops another, and requests that need not wait pass by all of them (see {@link SlowRequests}).
 *
 * @param maxWrite largest read or write request in bytes, a power of two of at least 64 KiB
 * @param readers threads that read the device
 * @param fetchRequests reads and lookups that may wait at once; more are queued
 * @param fetchBytes reply memory of those reads
 * @param writeBytes payload of writes that wait; a write above it is refused with ENOMEM
 * @param namespaceRequests other requests that may run at once; more are queued
 * @param namespaceBytes reply memory of those
 * @param queuedNotifications cache notifications not yet sent; more are dropped, which the attribute time-out heals
 */
public record FuseLimits(
        int maxWrite,
        int readers,
        int fetchRequests,
        long fetchBytes,
        long writeBytes,
        int namespaceRequests,
        long namespaceBytes,
        int queuedNotifications) {
    private static final int MIB = 1 << 20;

    /** Checks the bounds. */
    public FuseLimits {
        if (maxWrite < 64 << 10 || maxWrite > MIB || Integer.bitCount(maxWrite) != 1) {
            throw new IllegalArgumentException("maxWrite must be a power of two from 64 KiB to 1 MiB, not " + maxWrite);
        }
        if (readers < 1 || readers > 64) {
            throw new IllegalArgumentException("readers must be 1 to 64, not " + readers);
        }
        if (fetchRequests < 1 || namespaceRequests < 1 || queuedNotifications < 1) {
            throw new IllegalArgumentException("request and notification limits must be positive");
        }
        if (fetchBytes < maxWrite || writeBytes < maxWrite || namespaceBytes < maxWrite) {
            throw new IllegalArgumentException("byte limits must hold one request of " + maxWrite + " bytes");
        }
    }

    /** 1 MiB requests, {@code max(2, min(8, 2 × cpus))} readers, 256 waiting fetches of 64 MiB, 64 MiB of writes. */
    public static FuseLimits defaults() {
        int readers = Math.max(2, Math.min(8, 2 * Runtime.getRuntime().availableProcessors()));
        return new FuseLimits(MIB, readers, 256, 64L * MIB, 64L * MIB, 1024, 16L * MIB, 65_536);
    }
}
