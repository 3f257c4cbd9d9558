package io.hfmount.agent.vfs;

/**
 * Who asks.
 *
 * @param uid user id
 * @param gid group id
 * @param pid process id, 0 when unknown
 */
public record Caller(int uid, int gid, int pid) {
    /** The process itself, for calls that no application made. */
    public static final Caller SELF = new Caller(0, 0, 0);
}
