package io.hfmount.bench;

/**
 * How much work a run of a row is.
 *
 * @param fileBytes size of the large file, a multiple of 1 MiB
 * @param randomReads random reads of 4 KiB
 * @param smallFiles files of 4 KiB
 * @param stats files of the tree that is walked
 * @param hugeFileBytes size of the file whose edits must not depend on its size
 * @param segmentFileBytes size of the file that shows what short segments cost
 * @param logLines lines that are appended to a log
 */
record Sizes(
        int fileBytes,
        int randomReads,
        int smallFiles,
        int stats,
        long hugeFileBytes,
        long segmentFileBytes,
        int logLines) {
    static final int SMALL_FILE = 4096;

    /** What results are quoted for. */
    static final Sizes FULL = new Sizes(256 << 20, 100, 500, 5000, 4L << 30, 1L << 30, 1000);
    /** Shows only that the benchmarks work. */
    static final Sizes QUICK = new Sizes(2 << 20, 10, 20, 100, 8 << 20, 2 << 20, 10);
}
