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
    STAT_5000("stat-5000", "stats/s", "native file system, warm", 1),
    PEAK_RSS("peak-rss", "MiB", "the Python client over the same rows", 1),
    BLAKE3_64K("blake3-64k", "MB/s", "memory copy", 0),
    CHUNKER("chunker", "MB/s", "memory copy", 0),
    PIPELINE("pipeline", "MB/s", "memory copy", 0);

    /** Stands for all kernels on a command line. */
    static final String KERNELS = "jmh";

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

    /** What it is compared with. */
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

    /** The rows with real mounts. */
    static List<Row> mounts() {
        return Arrays.stream(values()).filter(row -> !row.isKernel()).toList();
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
