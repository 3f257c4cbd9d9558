package io.hfmount.xet.index;

import java.util.Comparator;

/**
 * Where a record is.
 *
 * @param offset where its header begins
 * @param learnt seconds since 1970 at which it was true, or a little earlier; 0 if that is not known
 */
record RecordPlace(IndexLog log, long offset, IndexRecord.Header header, long learnt) {
    /** As they lie on disk. */
    static final Comparator<RecordPlace> IN_ORDER =
            Comparator.comparing((RecordPlace place) -> place.log.path()).thenComparingLong(RecordPlace::offset);

    /** Index of the first chunk in its xorb. */
    int start() {
        return header.a();
    }

    /** One past the index of the last chunk. */
    int end() {
        return header.a() + header.b();
    }

    boolean isIn(IndexLog other) {
        return log == other;
    }
}
