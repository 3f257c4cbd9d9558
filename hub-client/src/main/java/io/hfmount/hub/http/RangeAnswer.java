package io.hfmount.hub.http;

import io.hfmount.hub.PlainRead;
import io.hfmount.model.ByteRange;
import java.nio.ByteBuffer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Holds the answer to a read of bytes to what was asked. Bytes that are not surely the right ones, and all of them, are
 * an error: {@link IllegalArgumentException}.
 */
final class RangeAnswer {
    private static final Pattern PART = Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18})");
    private static final Pattern NONE = Pattern.compile("bytes \\*/(\\d{1,18})");

    private RangeAnswer() {}

    /** @param etag the file's, as the first answer of a chain of redirects told it */
    static PlainRead.Content of(HubAnswer answer, ByteRange asked, @Nullable String etag) {
        String header = answer.headers().get("Content-Range");
        String contentRange = header == null ? "" : header;
        byte[] body = answer.body();
        long size;
        switch (answer.status()) {
            case 206 -> {
                Matcher part = PART.matcher(contentRange);
                if (!part.matches()
                        || Long.parseLong(part.group(1)) != asked.start()
                        || Long.parseLong(part.group(2)) != asked.start() + body.length - 1) {
                    throw new IllegalArgumentException("it is another part of the file than asked for");
                }
                size = Long.parseLong(part.group(3));
            }
            case 200 -> {
                size = ResolvedFile.length(answer.headers().get("Content-Length"));
                if (size < 0) {
                    throw new IllegalArgumentException("it does not say how long the file is");
                }
            }
            case 416 -> {
                Matcher none = NONE.matcher(contentRange);
                if (!none.matches()) {
                    throw new IllegalArgumentException("it does not say how long the file is");
                }
                size = Long.parseLong(none.group(1));
                body = new byte[0];
            }
            default -> throw new IllegalArgumentException("it holds no part of a file");
        }
        long expected = Math.max(0, Math.min(asked.end(), size) - asked.start());
        if (body.length != expected) {
            throw new IllegalArgumentException(
                    "it holds " + body.length + " bytes where " + expected + " are expected");
        }
        return new PlainRead.Content(ByteBuffer.wrap(body).asReadOnlyBuffer(), size, etag);
    }
}
