package io.hfmount.model;

import java.util.List;

/**
 * The catalogue of meters (mount-semantics §11.5). Names are those of a Prometheus scrape; every meter has the label
 * {@code mount}, the mount's id. Labels are from small fixed sets, never paths.
 */
public enum Meters {
    OPS("hf_mount_ops_total", Type.COUNTER, List.of("op", "result"), "File-system operations answered"),
    OP_SECONDS("hf_mount_op_seconds", Type.TIMER, List.of("op"), "Time to answer a file-system operation"),
    BYTES_READ("hf_mount_bytes_read_total", Type.COUNTER, List.of("source"), "Bytes given to applications"),
    BYTES_WRITTEN("hf_mount_bytes_written_total", Type.COUNTER, List.of(), "Bytes taken from applications"),

    HUB_REQUESTS("hf_mount_hub_requests_total", Type.COUNTER, List.of("endpoint", "status"), "Hub requests ended"),
    HUB_REQUEST_SECONDS(
            "hf_mount_hub_request_seconds", Type.TIMER, List.of("endpoint"), "Time of a Hub request with its retries"),
    HUB_RETRIES("hf_mount_hub_retries_total", Type.COUNTER, List.of("endpoint"), "Hub requests that were repeated"),
    CAS_REQUESTS("hf_mount_cas_requests_total", Type.COUNTER, List.of("endpoint", "status"), "Storage requests ended"),
    CAS_REQUEST_SECONDS(
            "hf_mount_cas_request_seconds",
            Type.TIMER,
            List.of("endpoint"),
            "Time of one attempt of a storage request"),
    CAS_RETRIES("hf_mount_cas_retries_total", Type.COUNTER, List.of("endpoint"), "Storage requests that were repeated"),
    CAS_BYTES_DOWN("hf_mount_cas_bytes_down_total", Type.COUNTER, List.of(), "Bytes fetched from storage"),
    CAS_BYTES_UP("hf_mount_cas_bytes_up_total", Type.COUNTER, List.of(), "Bytes sent to storage"),
    CAS_BYTES_REUSED(
            "hf_mount_cas_bytes_reused_total", Type.COUNTER, List.of(), "Bytes not sent because storage had them"),
    CAS_INDEX_BYTES_REUSED(
            "hf_mount_cas_index_bytes_reused_total",
            Type.COUNTER,
            List.of(),
            "The part of the bytes not sent that the chunk index on disk knew"),
    CAS_INDEX_CHUNKS_REUSED(
            "hf_mount_cas_index_chunks_reused_total",
            Type.COUNTER,
            List.of(),
            "Chunks not sent because the chunk index on disk knew them"),

    DIRTY_FILES("hf_mount_dirty_files", Type.GAUGE, List.of(), "Files whose newest content is not on the Hub"),
    DIRTY_BYTES("hf_mount_dirty_bytes", Type.GAUGE, List.of(), "Sum of the sizes of dirty files"),
    OLDEST_DIRTY_SECONDS(
            "hf_mount_oldest_dirty_seconds", Type.GAUGE, List.of(), "How long the oldest dirty file has waited"),
    DIRTY_GENERATIONS("hf_mount_dirty_generations_total", Type.COUNTER, List.of(), "Changes that made a file dirtier"),
    DIRTY_GENERATION_LAG(
            "hf_mount_dirty_generation_lag",
            Type.GAUGE,
            List.of(),
            "Sum over dirty files of generations not yet published"),

    FLUSHES("hf_mount_flush_total", Type.COUNTER, List.of("route", "result"), "Publications of a file that ended"),
    FLUSH_SECONDS("hf_mount_flush_seconds", Type.TIMER, List.of("route"), "Time from seal to commit of a file"),
    FLUSH_NOOPS("hf_mount_flush_noop_total", Type.COUNTER, List.of(), "Publications with nothing to send"),
    FLUSH_RETRIES("hf_mount_flush_retry_total", Type.COUNTER, List.of(), "Publications put back for a later try"),
    FLUSH_QUEUE_DEPTH("hf_mount_flush_queue_depth", Type.GAUGE, List.of(), "Files waiting for publication"),
    FLUSH_INFLIGHT("hf_mount_flush_inflight", Type.GAUGE, List.of(), "Files being published"),
    DELETES_QUEUED("hf_mount_deletes_queued", Type.GAUGE, List.of(), "Removals not yet on the Hub"),

    STAGING_BYTES("hf_mount_staging_bytes", Type.GAUGE, List.of(), "Local disk taken by staging"),
    CACHE_BYTES("hf_mount_cache_bytes", Type.GAUGE, List.of(), "Local disk taken by the content cache"),
    CACHE_CHUNKS(
            "hf_mount_cache_chunks_total",
            Type.COUNTER,
            List.of("result"),
            "Pieces looked for in the content cache, by result: hit, miss, damaged"),
    CACHE_DROPPED_BYTES(
            "hf_mount_cache_dropped_bytes_total",
            Type.COUNTER,
            List.of(),
            "Fetched bytes not cached because the disk did not follow or refused them"),
    INODES("hf_mount_inodes", Type.GAUGE, List.of(), "Inodes in memory"),
    OPEN_HANDLES("hf_mount_open_handles", Type.GAUGE, List.of(), "Open file handles"),
    POLL_ROUNDS("hf_mount_poll_rounds_total", Type.COUNTER, List.of("result"), "Looks at the Hub for changes"),
    ERRORS_SURFACED(
            "hf_mount_errors_surfaced_total",
            Type.COUNTER,
            List.of("errno"),
            "Errors of background publications reported to applications");

    /** How a meter counts. */
    public enum Type {
        /** Only grows. */
        COUNTER,
        /** Goes both ways. */
        GAUGE,
        /** A histogram of seconds. */
        TIMER
    }

    /** The label that every meter has. */
    public static final String MOUNT = "mount";

    private final String meter;
    private final Type type;

    @SuppressWarnings("ImmutableEnumChecker") // List.of
    private final List<String> labels;

    private final String description;

    Meters(String meter, Type type, List<String> labels, String description) {
        this.meter = meter;
        this.type = type;
        this.labels = labels;
        this.description = description;
    }

    /** Its name in a scrape (a timer's series add {@code _bucket}, {@code _count}, {@code _sum}). */
    public String meterName() {
        return meter;
    }

    /** How it counts. */
    public Type type() {
        return type;
    }

    /** Its labels beside {@link #MOUNT}. */
    public List<String> labels() {
        return labels;
    }

    /** What it tells. */
    public String description() {
        return description;
    }
}
