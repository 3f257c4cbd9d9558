package io.hfmount.agent;

import io.hfmount.model.api.EngineView;
import java.time.Duration;
import java.util.List;
import reactor.core.publisher.Mono;

/** A mount that has served. Thread-safe; the remarks on threads of {@link MountAgent} hold. */
public interface Mount {
    /** What it was made from; {@link MountSpec#id()} is its id. */
    MountSpec spec();

    /** The engine that serves it. Cheap, never blocks. */
    EngineView engine();

    /** Counters now. Cheap, never blocks; values of one snapshot belong together as well as that allows. */
    MountStatus status();

    /**
     * Publishes what is dirty and waits for it, without debounce. Files that become dirty later are not waited for.
     * Running out of time cancels nothing: publication goes on in the background.
     *
     * @param paths files or directories relative to the mount, each legal by {@code RemotePath}; empty for everything.
     *     A path that is clean or does not exist adds no line to the report
     * @param timeout longest wait
     */
    Mono<FlushOutcome> flush(List<String> paths, Duration timeout);

    /**
     * Publishes what is dirty and unmounts. If anything is left at the end of {@code drain}, the mount goes on serving,
     * unless forced. Further calls while one runs join it, but one that forces ends the drain under way; a call after it
     * ended well answers the same again.
     *
     * @param drain longest wait for publication
     * @param force detach even when data is unpublished or files are open
     */
    Mono<UnmountOutcome> unmount(Duration drain, boolean force);

    /**
     * Completes when the mount no longer serves, by {@link #unmount} or from outside (then after the drain that follows
     * it, bounded by {@code flushShutdownTimeout}). Never fails.
     */
    Mono<UnmountOutcome> ended();
}
