package io.hfmount.emulator.durable;

import io.hfmount.model.ContentHash;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Fields of records: texts as length and UTF-8, lists as count and elements, what may be missing behind a boolean. What is
 * read is never longer than the record.
 */
public final class RecordFields {
    private RecordFields() {}

    /** Writes one element of a list. */
    @FunctionalInterface
    public interface Writer<T> {
        void write(DataOutputStream out, T element) throws IOException;
    }

    /** Reads one element of a list, of a byte or more. */
    @FunctionalInterface
    public interface Reader<T> {
        T read(DataInputStream in) throws IOException;
    }

    /** Writes a text as its length in bytes and UTF-8. */
    public static void text(DataOutputStream out, String text) throws IOException {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(utf8.length);
        out.write(utf8);
    }

    /** Reads a text. */
    public static String text(DataInputStream in) throws IOException {
        return new String(bytes(in, in.readInt()), StandardCharsets.UTF_8);
    }

    /** Writes a text that may be missing. */
    public static void optionalText(DataOutputStream out, @Nullable String text) throws IOException {
        out.writeBoolean(text != null);
        if (text != null) {
            text(out, text);
        }
    }

    /** Reads a text that may be missing. */
    public static @Nullable String optionalText(DataInputStream in) throws IOException {
        return in.readBoolean() ? text(in) : null;
    }

    /** Writes a hash as its raw bytes. */
    public static void hash(DataOutputStream out, ContentHash hash) throws IOException {
        out.write(hash.toRaw());
    }

    /** Reads a hash. */
    public static ContentHash hash(DataInputStream in) throws IOException {
        return ContentHash.fromRaw(bytes(in, ContentHash.BYTES));
    }

    /** Writes a list. */
    public static <T> void list(DataOutputStream out, List<T> list, Writer<? super T> writer) throws IOException {
        out.writeInt(list.size());
        for (T element : list) {
            writer.write(out, element);
        }
    }

    /**
     * Reads a list.
     *
     * @throws IOException when it announces more elements than there are bytes
     */
    public static <T> List<T> list(DataInputStream in, Reader<? extends T> reader) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > in.available()) {
            throw new IOException("a record of the log announces " + count + " elements");
        }
        List<T> list = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            list.add(reader.read(in));
        }
        return list;
    }

    private static byte[] bytes(DataInputStream in, int length) throws IOException {
        if (length < 0 || length > in.available()) {
            throw new IOException("a record of the log is too short");
        }
        return in.readNBytes(length);
    }
}
