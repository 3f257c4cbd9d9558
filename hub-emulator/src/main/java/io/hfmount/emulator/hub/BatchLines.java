package io.hfmount.emulator.hub;

import io.hfmount.emulator.http.Json;
import io.hfmount.emulator.http.RefusedException;
import io.hfmount.emulator.hub.wire.LineSplitter;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Reads a batch body (hub-api §2.7): one JSON object a line, of any total length; blank lines are skipped and the last
 * line may lack its newline. Confined to one request.
 */
final class BatchLines {
    /** Longest line in bytes; the longest path fits even when every byte of it is escaped. */
    static final int MAX_LINE = 64 * 1024;

    /** Most operations of one call; a mount sends a whole directory rename at once. */
    static final int MAX_OPERATIONS = 1_000_000;

    private final List<BatchOperation> operations = new ArrayList<>();
    private final LineSplitter splitter = new LineSplitter(MAX_LINE);
    private int lineNumber;
    private boolean sawDelete;

    private BatchLines() {}

    /**
     * The operations of a body, in order.
     *
     * @return or a {@link RefusedException}: 400 when it is not a batch or an {@code addFile} follows a
     *     {@code deleteFile}, 413 when a limit is exceeded
     */
    static Mono<List<BatchOperation>> read(Flux<ByteBuf> content) {
        return Mono.defer(() -> {
            BatchLines lines = new BatchLines();
            return content.doOnNext(lines::accept).then(Mono.fromSupplier(lines::finish));
        });
    }

    private void accept(ByteBuf piece) {
        byte[] bytes = new byte[piece.readableBytes()];
        piece.getBytes(piece.readerIndex(), bytes);
        splitter.accept(bytes).forEach(this::line);
    }

    private List<BatchOperation> finish() {
        splitter.finish().forEach(this::line);
        return operations;
    }

    private void line(LineSplitter.Line line) {
        lineNumber = line.number();
        if (operations.size() == MAX_OPERATIONS) {
            throw new RefusedException(413, null, "a batch has at most " + MAX_OPERATIONS + " operations");
        }
        operations.add(operation(line.bytes()));
    }

    private BatchOperation operation(byte[] bytes) {
        JsonNode json;
        try {
            json = Json.mapper().readTree(bytes);
        } catch (JacksonException e) {
            throw malformed("is not JSON");
        }
        if (!json.isObject()) {
            throw malformed("is not a JSON object");
        }
        String type = required(json, "type");
        return switch (type) {
            case "addFile" -> {
                if (sawDelete) {
                    throw malformed("adds after a deletion; all addFile come before any deleteFile");
                }
                yield put(json, null);
            }
            case "copyFile" ->
                put(json, new BatchOperation.Source(required(json, "sourceRepoType"), required(json, "sourceRepoId")));
            case "deleteFile" -> {
                sawDelete = true;
                yield new BatchOperation.Delete(required(json, "path"));
            }
            default -> throw malformed("has an unknown type; types are addFile, copyFile, deleteFile");
        };
    }

    private BatchOperation put(JsonNode json, BatchOperation.@Nullable Source source) {
        return new BatchOperation.Put(
                required(json, "path"), required(json, "xetHash"), mtime(json), optional(json, "contentType"), source);
    }

    private @Nullable Long mtime(JsonNode json) {
        JsonNode value = json.get("mtime");
        if (value == null || value.isNull()) {
            return null;
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw malformed("has an mtime that is not a whole number of milliseconds");
        }
        return value.longValue();
    }

    private String required(JsonNode json, String name) {
        String value = optional(json, name);
        if (value == null) {
            throw malformed("has no " + name);
        }
        return value;
    }

    private @Nullable String optional(JsonNode json, String name) {
        JsonNode value = json.get(name);
        if (value == null || value.isNull()) {
            return null;
        }
        if (!value.isString()) {
            throw malformed("has a " + name + " that is not a string");
        }
        return value.asString();
    }

    private RefusedException malformed(String what) {
        return RefusedException.badRequest("line " + lineNumber + " of the batch " + what);
    }
}
