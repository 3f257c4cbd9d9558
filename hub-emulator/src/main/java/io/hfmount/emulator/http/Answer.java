package io.hfmount.emulator.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * An answer: status, headers, body. Build with a factory, add headers, return it; not shared between threads.
 *
 * <p>For HEAD the server sends the status and headers of the answer, {@code Content-Length} included, and drops its
 * body without subscribing to it.
 */
public final class Answer {
    /** What follows the headers. */
    public sealed interface Body {
        /** Bytes in memory. */
        record Bytes(byte[] bytes) implements Body {}

        /**
         * Bytes made while sending. The server releases each buffer.
         *
         * @param length exact number of bytes, or -1 for a chunked answer
         * @param content subscribed to at most once
         */
        record Stream(long length, Publisher<ByteBuf> content) implements Body {}
    }

    private static final byte[] NO_BYTES = new byte[0];

    private final int status;
    private final HttpHeaders headers = new DefaultHttpHeaders();
    private final Body body;
    private Delivery delivery = Delivery.WHOLE;

    private Answer(int status, Body body) {
        this.status = status;
        this.body = body;
    }

    /** A status without a body. */
    public static Answer empty(int status) {
        return new Answer(status, new Body.Bytes(NO_BYTES));
    }

    /** A status with {@code value} as JSON. */
    public static Answer json(int status, Object value) {
        return bytes(status, "application/json", Json.bytes(value));
    }

    /** A status with bytes. The array is not copied. */
    public static Answer bytes(int status, String contentType, byte[] bytes) {
        return new Answer(status, new Body.Bytes(bytes)).header(HttpHeaderNames.CONTENT_TYPE, contentType);
    }

    /**
     * A status with a streamed body.
     *
     * @param length exact number of bytes, or -1 when unknown
     * @param content the bytes; errors after the first byte break the connection
     */
    public static Answer stream(int status, String contentType, long length, Publisher<ByteBuf> content) {
        return new Answer(status, new Body.Stream(length, content)).header(HttpHeaderNames.CONTENT_TYPE, contentType);
    }

    /** The refusal's JSON error body and headers (hub-api §1.2). */
    public static Answer refusal(int status, @Nullable String errorCode, String message) {
        Answer answer = json(status, Map.of("error", message)).header("X-Error-Message", headerText(message));
        if (errorCode != null) {
            answer.header("X-Error-Code", errorCode);
        }
        return answer;
    }

    /** Sets a header, replacing an earlier value. */
    public Answer header(CharSequence name, Object value) {
        headers.set(name, value);
        return this;
    }

    /** Scripts how this answer is sent. */
    public Answer delivery(Delivery delivery) {
        this.delivery = delivery;
        return this;
    }

    /** How this answer is sent. */
    public Delivery delivery() {
        return delivery;
    }

    /** HTTP status. */
    public int status() {
        return status;
    }

    /** The headers, live. */
    public HttpHeaders headers() {
        return headers;
    }

    /** The body. */
    public Body body() {
        return body;
    }

    /** Bytes of the body, or -1 when unknown. */
    public long length() {
        return switch (body) {
            case Body.Bytes bytes -> bytes.bytes().length;
            case Body.Stream stream -> stream.length();
        };
    }

    /** {@code text} as one line of printable ASCII. */
    static String headerText(String text) {
        StringBuilder line = new StringBuilder(text.length());
        text.codePoints().forEach(c -> line.append(c >= 0x20 && c < 0x7f ? (char) c : c == '\n' ? ' ' : '?'));
        return line.toString();
    }
}
