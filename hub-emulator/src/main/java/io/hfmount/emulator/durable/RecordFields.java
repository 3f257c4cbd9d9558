package io.hfmount.emulator.durable;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Texts and bytes in records; what is read is never longer than the record. */
public final class RecordText {
    private RecordText() {}

    /** Writes a text as its length in bytes and UTF-8. */
    public static void write(DataOutputStream out, String text) throws IOException {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(utf8.length);
        out.write(utf8);
    }

    /** Reads what {@link #write} wrote. */
    public static String read(DataInputStream in) throws IOException {
        return new String(bytes(in, in.readInt()), StandardCharsets.UTF_8);
    }

    /**
     * Reads {@code length} bytes.
     *
     * @throws IOException when the record holds fewer
     */
    public static byte[] bytes(DataInputStream in, int length) throws IOException {
        if (length < 0 || length > in.available()) {
            throw new IOException("a record of the log is too short");
        }
        return in.readNBytes(length);
    }
}
