package io.hfmount.xet.xorb;

import java.util.Arrays;

/**
 * A xorb ready to be sent, replayable.
 *
 * @param index what it holds
 * @param body the chunk records in order
 */
public record SerializedXorb(XorbIndex index, XorbBody body) {
    /** Length of the form without footer in bytes. */
    public int length() {
        return index.storedBytes();
    }

    /** The record of chunk {@code i}, copied. */
    public byte[] record(int i) {
        return body.copy(index.storedStart(i), index.storedStart(i + 1));
    }

    /** The form that is uploaded: records only, copied into one array. */
    public byte[] bytes() {
        return body.bytes();
    }

    /** Records, version 1 footer and its length, copied into one array. */
    public byte[] bytesWithFooter() {
        byte[] footer = footer();
        byte[] out = Arrays.copyOf(bytes(), length() + footer.length);
        System.arraycopy(footer, 0, out, length(), footer.length);
        return out;
    }

    /** The version 1 footer and its length field, to be put behind the records. */
    public byte[] footer() {
        return XorbFooter.version1(index);
    }
}
