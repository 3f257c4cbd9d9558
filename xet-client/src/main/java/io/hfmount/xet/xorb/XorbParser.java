package io.hfmount.xet.xorb;

import io.hfmount.model.ContentHash;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * Strict validation of a whole xorb (xet-protocol §6.4), with a footer of version 1 or 0, or without one. Holds one chunk
 * and the index at a time. Thread-safe. {@link XorbValidation} does the same for bytes that arrive by themselves.
 */
public final class XorbParser {
    private static final int PIECE = 64 << 10;

    private XorbParser() {}

    /**
     * Validates a xorb that is in memory.
     *
     * @param expected the hash it is stored under
     * @return where its chunks are
     * @throws XorbFormatException naming the first thing that is wrong
     */
    public static XorbIndex validate(ContentHash expected, byte[] xorb) throws XorbFormatException {
        try {
            return validate(expected, new ByteArrayInputStream(xorb));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Validates a xorb that arrives as a stream, to its end.
     *
     * @param expected the hash it is stored under
     * @param xorb read to the end unless something is wrong; not closed
     * @throws XorbFormatException naming the first thing that is wrong
     * @throws IOException if reading fails
     */
    public static XorbIndex validate(ContentHash expected, InputStream xorb) throws XorbFormatException, IOException {
        XorbValidation validation = new XorbValidation(expected);
        byte[] piece = new byte[PIECE];
        for (int count = xorb.read(piece); count >= 0; count = xorb.read(piece)) {
            validation.take(piece, 0, count);
        }
        return validation.finish();
    }
}
