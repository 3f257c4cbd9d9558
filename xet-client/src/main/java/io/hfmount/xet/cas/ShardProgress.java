package io.hfmount.xet.cas;

import io.hfmount.xet.StorageException;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads the progress stream of the shard upload (xet-protocol §9.7): one JSON object a line until a terminal one. Used by
 * one subscription.
 */
final class ShardProgress {
    /** Longest accepted line in bytes. */
    static final int MAX_LINE = 1 << 20;

    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private record Line(
            @Nullable String type,
            @Nullable String message,
            @Nullable Boolean retryable) {}

    private byte[] line = new byte[256];
    private int length;
    private boolean succeeded;

    /**
     * Takes the next bytes of the stream.
     *
     * @throws AttemptException for an error line or a stream that breaks the rules
     */
    void accept(ByteBuf piece) {
        while (!succeeded && piece.isReadable()) {
            int newline = piece.bytesBefore((byte) '\n');
            int count = newline < 0 ? piece.readableBytes() : newline;
            append(piece, count);
            if (newline >= 0) {
                piece.skipBytes(1);
                endLine();
            }
        }
    }

    /** {@link #accept} in the form of an accumulator. */
    ShardProgress taking(ByteBuf piece) {
        accept(piece);
        return this;
    }

    private void append(ByteBuf piece, int count) {
        if (count > MAX_LINE - length) {
            throw broken("a line is longer than " + MAX_LINE + " bytes");
        }
        if (count > line.length - length) {
            line = Arrays.copyOf(line, Math.min(MAX_LINE, Math.max(line.length * 2, length + count)));
        }
        piece.readBytes(line, length, count);
        length += count;
    }

    private void endLine() {
        int end = length;
        length = 0;
        if (end > 0 && line[end - 1] == '\r') {
            end--;
        }
        if (end == 0) {
            return;
        }
        Line parsed;
        try {
            parsed = JSON.readValue(line, 0, end, Line.class);
        } catch (JacksonException e) {
            throw broken("a line is not a JSON object");
        }
        if (parsed == null || parsed.type == null) {
            throw broken("a line has no type");
        }
        switch (parsed.type) {
            case "result" -> succeeded = true;
            case "error" -> {
                String message = "storage refused the shard: " + ErrorText.clean(parsed.message);
                throw Boolean.TRUE.equals(parsed.retryable)
                        ? AttemptException.serverFault(message)
                        : AttemptException.finalFailure(StorageException.Kind.REJECTED, message, null);
            }
            default -> {
                // Progress and types of later servers need no action.
            }
        }
    }

    /** Whether the success line came. */
    boolean succeeded() {
        return succeeded;
    }

    /** The stream has ended; the last line may lack its newline. */
    ShardProgress complete() {
        if (!succeeded) {
            endLine();
        }
        if (!succeeded) {
            throw broken("it ended without a result");
        }
        return this;
    }

    private static AttemptException broken(String what) {
        return AttemptException.finalFailure(
                StorageException.Kind.CORRUPT, "the progress of the shard upload is wrong: " + what, null);
    }
}
