package io.hfmount.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What can be measured. The order is that of a full run. */
enum Row {
    SEQ_WRITE("seq-write", "MiB/s", "native file system", 1),
    WRITE_VISIBLE("write-visible", "MiB/s", "native write, then hf_xet upload", 1),
    COLD_SEQ_READ("cold-seq-read", "MiB/s", "hf_xet download", 1),
    REREAD_DISK_CACHE("reread-disk-cache", "MiB/s", "native file system, page cache empty", 1),
    RANDOM_READ_4K("random-read-4k", "reads/s", "native file system, page cache empty", 1),
    RANDOM_READ_4K_BYTES("random-read-4k-bytes", "bytes", "the bytes asked for", 0),
    SMALL_FILES("small-files", "files/s", "native write, then hf_xet upload", 1),
    SMALL_FILES_VISIBLE("small-files-visible", "s", "hf_xet upload", 3),
    STAT_5000("stat-5000", "stats/s", "native file system, warm", 1),
    LS_L("ls-l", "entries/s", "native file system, warm", 1),
    PEAK_RSS("peak-rss", "MiB", "the Python client over the same rows", 1),
    OPEN_256M("open-256m", "ms", "staged mode", 2),
    APPEND_256M_BYTES("append-256m-bytes", "bytes", "staged mode", 0),
    APPEND_256M_VISIBLE("append-256m-visible", "s", "staged mode", 3),
    EDITS_256M_BYTES("edits-256m-bytes", "bytes", "staged mode", 0),
    EDITS_256M_VISIBLE("edits-256m-visible", "s", "staged mode", 3),
    EDITS_256M_DISK("edits-256m-disk", "bytes", "staged mode", 0),
    INSERT_256M_BYTES("insert-256m-bytes", "bytes", "staged mode", 0),
    INSERT_256M_VISIBLE("insert-256m-visible", "s", "staged mode", 3),
    TRUNCATE_256M_BYTES("truncate-256m-bytes", "bytes", "staged mode", 0),
    TRUNCATE_256M_VISIBLE("truncate-256m-visible", "s", "staged mode", 3),
    OPEN_4G("open-4g", "ms", "staged mode", 2),
    APPEND_4G_BYTES("append-4g-bytes", "bytes", "staged mode", 0),
    APPEND_4G_VISIBLE("append-4g-visible", "s", "staged mode", 3),
    EDITS_4G_BYTES("edits-4g-bytes", "bytes", "staged mode", 0),
    EDITS_4G_VISIBLE("edits-4g-visible", "s", "staged mode", 3),
    EDITS_4G_DISK("edits-4g-disk", "bytes", "staged mode", 0),
    INSERT_4G_BYTES("insert-4g-bytes", "bytes", "staged mode", 0),
    INSERT_4G_VISIBLE("insert-4g-visible", "s", "staged mode", 3),
    TRUNCATE_4G_BYTES("truncate-4g-bytes", "bytes", "staged mode", 0),
    TRUNCATE_4G_VISIBLE("truncate-4g-visible", "s", "staged mode", 3),
    LOG_BYTES("log-bytes", "bytes a flush", "staged mode", 0),
    LOG_SEGMENTS("log-segments", "segments", "staged mode", 0),
    FOREIGN_FIRST_BYTES("foreign-first-bytes", "bytes", "staged mode", 0),
    FOREIGN_SECOND_BYTES("foreign-second-bytes", "bytes", "staged mode", 0),
    THRESHOLD_64K_BYTES("threshold-64k-bytes", "bytes", "staged mode", 0),
    THRESHOLD_64K_VISIBLE("threshold-64k-visible", "s", "staged mode", 4),
    THRESHOLD_256K_BYTES("threshold-256k-bytes", "bytes", "staged mode", 0),
    THRESHOLD_256K_VISIBLE("threshold-256k-visible", "s", "staged mode", 4),
    THRESHOLD_1M_BYTES("threshold-1m-bytes", "bytes", "staged mode", 0),
    THRESHOLD_1M_VISIBLE("threshold-1m-visible", "s", "staged mode", 4),
    THRESHOLD_4M_BYTES("threshold-4m-bytes", "bytes", "staged mode", 0),
    THRESHOLD_4M_VISIBLE("threshold-4m-visible", "s", "staged mode", 4),
    THRESHOLD_16M_BYTES("threshold-16m-bytes", "bytes", "staged mode", 0),
    THRESHOLD_16M_VISIBLE("threshold-16m-visible", "s", "staged mode", 4),
    SHORT_SEGMENTS("short-segments", "s", "hf_xet download of a file that hf_xet uploaded", 3),
    ROUNDTRIP_4K(
            "roundtrip-4k", "µs", "C libfuse's passthrough_ll on this kind of machine (two virtual processors)", 2),
    ROUNDTRIP_4K_JNR(
            "roundtrip-4k-jnr", "µs", "C libfuse's passthrough_ll on this kind of machine (two virtual processors)", 2),
    BLAKE3_64K("blake3-64k", "MB/s", "the BLAKE3 project's own code", 0),
    BLAKE3_64K_HOT("blake3-64k-hot", "MB/s", "the BLAKE3 project's own code", 0),
    CHUNKER("chunker", "MB/s", "memory copy", 0),
    PIPELINE("pipeline", "MB/s", "memory copy", 0);

    /** Stands for all kernels on a command line. */
    static final String KERNELS = "jmh";

    /** Stands for all rows about edits of large files. */
    static final String EDITS = "edits";

    private final String label;
    private final String unit;
    private final String limit;
    private final int decimals;

    Row(String label, String unit, String limit, int decimals) {
        this.label = label;
        this.unit = unit;
        this.limit = limit;
        this.decimals = decimals;
    }

    /** Its name on the command line and in results. */
    String label() {
        return label;
    }

    String unit() {
        return unit;
    }

    /** What it is compared with when there is no reference. */
    String limit() {
        return limit;
    }

    /** Digits after the point that carry meaning. */
    int decimals() {
        return decimals;
    }

    boolean isKernel() {
        return compareTo(BLAKE3_64K) >= 0;
    }

    /** Whether it is about one request to an engine, without a Hub. */
    boolean isRoundTrip() {
        return this == ROUNDTRIP_4K || this == ROUNDTRIP_4K_JNR;
    }

    private boolean isEdit() {
        return compareTo(OPEN_256M) >= 0 && compareTo(SHORT_SEGMENTS) <= 0;
    }

    /** The rows with real mounts, but those of {@link #edits} and the round trips. */
    static List<Row> mounts() {
        return Arrays.stream(values())
                .filter(row -> !row.isKernel() && !row.isEdit() && !row.isRoundTrip())
                .toList();
    }

    /** The rows about edits of large files. */
    static List<Row> edits() {
        return Arrays.stream(values()).filter(Row::isEdit).toList();
    }

    /** The rows without. */
    static List<Row> kernels() {
        return Arrays.stream(values()).filter(Row::isKernel).toList();
    }

    static Optional<Row> of(String label) {
        return Arrays.stream(values()).filter(row -> row.label.equals(label)).findFirst();
    }

    /** All names, in order. */
    static List<String> labels() {
        return Arrays.stream(values()).map(Row::label).toList();
    }
}
