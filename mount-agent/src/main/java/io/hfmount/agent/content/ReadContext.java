package io.hfmount.agent.content;

import io.hfmount.xet.ContentStore;
import reactor.core.scheduler.Scheduler;

/**
 * What all files and handles of one reader share.
 *
 * @param store where content comes from
 * @param settings limits
 * @param memory budget and kept chunks
 * @param flights fetches in flight
 * @param cache chunks on disk
 * @param layouts layouts on disk
 * @param observer told what happens
 * @param timer clock and timers; its tasks are short
 */
record ReadContext(
        ContentStore store,
        ContentSettings settings,
        ReadMemory memory,
        FetchFlights flights,
        ChunkCache cache,
        LayoutStore layouts,
        ContentObserver observer,
        Scheduler timer) {}
