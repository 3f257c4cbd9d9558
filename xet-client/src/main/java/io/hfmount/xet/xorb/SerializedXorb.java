package io.hfmount.xet.xorb;

import java.util.List;

/**
 * A xorb ready to be sent, replayable.
 *
 * @param index what it holds
 * @param records the chunk records in order, one array each; not to be changed
 */
public record SerializedXorb(XorbIndex index, List<byte[]> records) {
    public SerializedXorb {
        records = List.copyOf(records);
    }

    /** Length of the form without footer in bytes. */
    public int length() {
        return index.storedBytes();
    }

    /** The form that is uploaded: records only, copied into one array. */
    public byte[] bytes() {
        return join(new byte[0]);
    }

    /** Records, version 1 footer and its length, copied into one array. */
    public byte[] bytesWithFooter() {
        return join(XorbFooter.version1(index));
    }

    /** The version 1 footer and its length field, to be put behind the records. */
    public byte[] footer() {
        return XorbFooter.version1(index);
    }

    private byte[] join(byte[] tail) {
        byte[] out = new byte[length() + tail.length];
        int at = 0;
        for (byte[] record : records) {
            System.arraycopy(record, 0, out, at, record.length);
            at += record.length;
        }
        System.arraycopy(tail, 0, out, at, tail.length);
        return out;
    }
}
