package io.hfmount.hub.http;

import io.hfmount.hub.BatchOperation;
import io.hfmount.hub.BatchResult;
import io.hfmount.hub.BucketInfo;
import io.hfmount.hub.HubEntry;
import io.hfmount.hub.HubFile;
import io.hfmount.hub.StorageToken;
import io.hfmount.model.ContentHash;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The Hub's JSON, both ways. Every field that is needed is checked; a body that lacks one is refused with
 * {@link IllegalArgumentException}, whose message says what is missing. Stateless.
 */
final class HubJson {
    private static final int MAX_NESTING = 32;
    private static final int MAX_STRING = 1 << 20;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_NESTING)
                            .maxStringLength(MAX_STRING)
                            .maxNumberLength(64)
                            .build())
                    .build())
            .build();

    private HubJson() {}

    /** Parses within bounds; throws JacksonException. */
    static JsonNode parse(byte[] body) {
        return MAPPER.readTree(body);
    }

    static BucketInfo info(byte[] body, String id) {
        JsonNode root = object(body);
        String revision = text(root, "updatedAt");
        Instant updated = instant(root, "updatedAt");
        return new BucketInfo(
                root.path("id").asString(id),
                root.path("private").asBoolean(false),
                revision,
                updated == null ? Instant.EPOCH : updated,
                Math.max(0, number(root, "size", 0)),
                Math.max(0, number(root, "totalFiles", 0)));
    }

    /** Entries of a page or of a paths-info answer; entries of unknown types are left out. */
    static List<HubEntry> entries(byte[] body) {
        JsonNode root = parse(body);
        if (!root.isArray()) {
            throw new IllegalArgumentException("a list of entries is expected");
        }
        List<HubEntry> entries = new ArrayList<>(root.size());
        for (JsonNode entry : root) {
            switch (entry.path("type").asString("")) {
                case "file" -> entries.add(new HubEntry.File(file(entry)));
                case "directory" -> entries.add(new HubEntry.Directory(text(entry, "path")));
                default -> {
                    // a type of a later Hub
                }
            }
        }
        return entries;
    }

    private static HubFile file(JsonNode entry) {
        Instant mtime = instant(entry, "mtime");
        JsonNode hash = entry.path("xetHash");
        return new HubFile(
                text(entry, "path"),
                Math.max(-1, number(entry, "size", -1)),
                hash.isString() ? ContentHash.parse(hash.stringValue()) : null,
                mtime != null ? mtime : instant(entry, "uploadedAt"));
    }

    static StorageToken storageToken(byte[] body) {
        JsonNode root = object(body);
        String url = text(root, "casUrl");
        while (url.endsWith("/")) {
            url = url.substring(0, url.length() - 1);
        }
        long seconds = number(root, "exp", -1);
        if (!isWebAddress(url) || seconds < 0) {
            throw new IllegalArgumentException("casUrl or exp cannot be used");
        }
        try {
            return new StorageToken(url, text(root, "accessToken"), Instant.ofEpochSecond(seconds));
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("exp cannot be used", e);
        }
    }

    /**
     * What became of {@code operations}. Whoever is not named as failed counts as published, so an answer that does not
     * account for all of them is refused.
     *
     * @param allFailed whether the status says that every operation failed
     */
    static BatchResult batchResult(byte[] body, List<BatchOperation> operations, boolean allFailed) {
        JsonNode root = object(body);
        JsonNode failed = root.path("failed");
        JsonNode success = root.path("success");
        if (!failed.isMissingNode() && !failed.isArray()) {
            throw new IllegalArgumentException("failed is not a list");
        }
        if (failed.isMissingNode() && !success.asBoolean(false)) {
            throw new IllegalArgumentException("neither failed nor success are there");
        }
        if (failed.isEmpty() && (allFailed || (success.isBoolean() && !success.booleanValue()))) {
            throw new IllegalArgumentException("it denies success without saying what failed");
        }
        if (number(root, "processed", operations.size()) < operations.size()) {
            throw new IllegalArgumentException("fewer operations were processed than sent");
        }
        Set<String> sent = operations.stream().map(BatchOperation::path).collect(Collectors.toSet());
        Map<String, String> failures = new LinkedHashMap<>();
        for (JsonNode failure : failed) {
            String path = text(failure, "path");
            if (!sent.contains(path)) {
                throw new IllegalArgumentException("failed names a path that was not sent");
            }
            failures.put(path, ErrorText.printable(failure.path("error").asString("refused without a reason")));
        }
        if (allFailed) {
            sent.forEach(path -> failures.putIfAbsent(path, "refused without a reason"));
        }
        return new BatchResult(failures);
    }

    static byte[] batch(List<BatchOperation> operations) {
        ByteArrayOutputStream lines = new ByteArrayOutputStream(operations.size() * 160);
        for (BatchOperation operation : operations) {
            ObjectNode line = MAPPER.createObjectNode();
            switch (operation) {
                case BatchOperation.AddFile add ->
                    line.put("type", "addFile")
                            .put("path", add.path())
                            .put("xetHash", add.hash().text())
                            .put("mtime", add.mtime().toEpochMilli());
                case BatchOperation.DeleteFile delete ->
                    line.put("type", "deleteFile").put("path", delete.path());
            }
            lines.writeBytes(MAPPER.writeValueAsBytes(line));
            lines.write('\n');
        }
        return lines.toByteArray();
    }

    static byte[] paths(List<String> paths) {
        return MAPPER.writeValueAsBytes(Map.of("paths", paths));
    }

    static JsonNode object(byte[] body) {
        JsonNode root = parse(body);
        if (!root.isObject()) {
            throw new IllegalArgumentException("an object is expected");
        }
        return root;
    }

    static String text(JsonNode node, String field) {
        return Optional.of(node.path(field))
                .filter(JsonNode::isString)
                .map(JsonNode::stringValue)
                .filter(t -> !t.isEmpty())
                .orElseThrow(() -> new IllegalArgumentException(field + " is missing"));
    }

    static long number(JsonNode node, String field, long absent) {
        JsonNode value = node.path(field);
        return value.isIntegralNumber() && value.canConvertToLong() ? value.longValue() : absent;
    }

    static @Nullable Instant instant(JsonNode node, String field) {
        JsonNode value = node.path(field);
        if (!value.isString()) {
            return null;
        }
        try {
            return Instant.parse(value.stringValue());
        } catch (DateTimeParseException e) {
            return null;
        }
    }

    private static boolean isWebAddress(String url) {
        try {
            URI uri = new URI(url);
            return uri.getHost() != null
                    && ("http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme()));
        } catch (URISyntaxException e) {
            return false;
        }
    }
}
