package io.hfmount.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** A program that mounts buckets of the Hub, the sidecar or the one it is compared with. Thread-safe. */
interface Agent {
    /**
     * A mount.
     *
     * @param id its id
     * @param directory where it is
     */
    record Mounted(String id, Path directory) {}

    /**
     * Mounts {@code bucket} for reading and writing, and waits until it can be used. The same bucket at the same place
     * finds the caches of its last mount.
     *
     * @param options by the names of the control API
     */
    Mounted mount(String bucket, Path at, Map<String, Object> options) throws IOException;

    /** Publishes all that is dirty now and not after the debounce, if it can be told to. */
    void flush(Mounted mount) throws IOException;

    /** Options of a mount whose debounce takes no part in the time until a {@link #flush} is on the Hub. */
    Map<String, Object> noDebounce();

    /** Waits until fetches ahead of reads and writes to caches have ended, if it tells. */
    void settle(Mounted mount) throws IOException;

    /** Publishes what is dirty and unmounts. */
    void unmount(Mounted mount) throws IOException;

    /** What it keeps of a mount on disk: caches. */
    Path files(Mounted mount);

    /** The most memory it ever had resident, in MiB. */
    double peakMebibytes() throws IOException;
}
