package io.hfmount.emulator.durable;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;

/** The binary form of records: fields one after the other, big-endian, read to the last byte or refused. */
public final class RecordForm {
    private RecordForm() {}

    /** Writes the fields of a record. */
    @FunctionalInterface
    public interface Writer {
        void write(DataOutputStream out) throws IOException;
    }

    /** Reads the fields of a record. */
    @FunctionalInterface
    public interface Reader<T> {
        T read(DataInputStream in) throws IOException;
    }

    /** The record with these fields. */
    public static byte[] encode(Writer fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            fields.write(out);
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory cannot fail", e);
        }
        return bytes.toByteArray();
    }

    /**
     * What a record says.
     *
     * @throws IOException when its fields cannot be read, or something stands behind them
     */
    public static <T> T decode(byte[] record, Reader<? extends T> fields) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(record));
        T value;
        try {
            value = fields.read(in);
        } catch (EOFException | IllegalArgumentException e) {
            throw new IOException("malformed record", e);
        }
        if (in.available() > 0) {
            throw new IOException("a record of the log is too long");
        }
        return value;
    }
}
