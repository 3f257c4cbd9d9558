package io.hfmount.emulator.hub;

import io.hfmount.emulator.bucket.BucketFacts;
import io.hfmount.emulator.bucket.BucketFile;
import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.Json;
import io.hfmount.emulator.http.OffLoop;
import io.hfmount.emulator.http.RangeHeader;
import io.hfmount.emulator.http.RefusedException;
import io.hfmount.emulator.http.Request;
import io.hfmount.emulator.http.Router;
import io.hfmount.emulator.storage.StoredFiles;
import io.hfmount.model.ByteRange;
import io.hfmount.model.RemotePath;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Files of buckets by address: facts, bytes, ranges, and the form that sends clients to storage (hub-api §4). */
final class ResolveRoutes {
    private static final String PATTERN = "/buckets/{ns}/{name}/resolve/{path...}";
    private static final String FILE_INFO = "application/vnd.xet-fileinfo+json";
    private static final String DEFAULT_TYPE = "application/octet-stream";

    private final BucketAccess access;
    private final StoredFiles storage;
    private final Links links;
    private final OffLoop offLoop;

    ResolveRoutes(BucketAccess access, StoredFiles storage, Links links, OffLoop offLoop) {
        this.access = access;
        this.storage = storage;
        this.links = links;
        this.offLoop = offLoop;
    }

    void register(Router router) {
        router.head(PATTERN, request -> offLoop.call(() -> resolve(request)))
                .get(PATTERN, request -> offLoop.call(() -> resolve(request)));
    }

    private Answer resolve(Request request) {
        BucketFacts bucket = access.readable(request);
        BucketFile file = access.store()
                .file(bucket.id(), request.path("path"))
                .orElseThrow(() -> RefusedException.entryNotFound("Entry not found"));
        return describe(answer(request, bucket, file), request, bucket, file);
    }

    private Answer answer(Request request, BucketFacts bucket, BucketFile file) {
        boolean isHead = request.method().equals(HttpMethod.HEAD);
        if (!isHead && accepts(request, FILE_INFO)) {
            return Answer.bytes(200, FILE_INFO, Json.bytes(fileInfo(request, bucket, file)));
        }
        if (matches(request.header(HttpHeaderNames.IF_NONE_MATCH), etag(file))) {
            return Answer.empty(304);
        }
        boolean ranged = !isHead && isRangeWanted(request, file);
        String type = file.contentType() == null ? DEFAULT_TYPE : file.contentType();
        return switch (RangeHeader.parse(ranged ? request.header(HttpHeaderNames.RANGE) : null, file.size())) {
            case RangeHeader.Wish.Whole whole -> content(200, type, file, new ByteRange(0, file.size()));
            case RangeHeader.Wish.Part(ByteRange range) ->
                content(206, type, file, range)
                        .header(
                                HttpHeaderNames.CONTENT_RANGE,
                                "bytes " + range.start() + "-" + (range.end() - 1) + "/" + file.size());
            case RangeHeader.Wish.Unsatisfiable none ->
                Answer.refusal(416, null, "the range lies outside the file's " + file.size() + " bytes")
                        .header(HttpHeaderNames.CONTENT_RANGE, "bytes */" + file.size());
        };
    }

    private Answer content(int status, String type, BucketFile file, ByteRange range) {
        return Answer.stream(status, type, range.length(), storage.stream(file.hash(), range));
    }

    /** The headers every answer about a file carries. */
    private Answer describe(Answer answer, Request request, BucketFacts bucket, BucketFile file) {
        Long mtime = file.mtime();
        return answer.header(HttpHeaderNames.ETAG, etag(file))
                .header("X-Xet-Hash", file.hash().text())
                .header("X-Linked-Size", Long.toString(file.size()))
                .header("X-Linked-ETag", etag(file))
                .header(
                        "Link",
                        "<" + links.readToken(request, bucket.id()) + ">; rel=\"xet-auth\", <"
                                + links.reconstruction(request, file.hash()) + ">; rel=\"xet-reconstruction-info\"")
                .header(HttpHeaderNames.LAST_MODIFIED, lastModified(file, mtime))
                .header(HttpHeaderNames.ACCEPT_RANGES, "bytes")
                .header(HttpHeaderNames.VARY, "Accept");
    }

    private Map<String, Object> fileInfo(Request request, BucketFacts bucket, BucketFile file) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("hash", file.hash().text());
        json.put("refreshUrl", links.readToken(request, bucket.id()));
        json.put("reconstructionUrl", links.reconstruction(request, file.hash()));
        json.put("size", file.size());
        json.put("etag", etag(file));
        json.put("fileName", RemotePath.name(file.path()));
        return json;
    }

    private static boolean isRangeWanted(Request request, BucketFile file) {
        String condition = request.header(HttpHeaderNames.IF_RANGE);
        return condition == null || condition.equals(etag(file)) || condition.equals(lastModified(file, file.mtime()));
    }

    private static boolean accepts(Request request, String type) {
        String accept = request.header(HttpHeaderNames.ACCEPT);
        return accept != null
                && Arrays.stream(accept.split(","))
                        .map(wish -> wish.split(";", 2)[0].strip())
                        .anyMatch(type::equalsIgnoreCase);
    }

    private static boolean matches(@Nullable String ifNoneMatch, String etag) {
        return ifNoneMatch != null
                && Arrays.stream(ifNoneMatch.split(","))
                        .map(String::strip)
                        .anyMatch(
                                tag -> tag.equals("*") || (tag.startsWith("W/") ? tag.substring(2) : tag).equals(etag));
    }

    private static String etag(BucketFile file) {
        return "\"" + file.hash().text() + "\"";
    }

    private static String lastModified(BucketFile file, @Nullable Long mtime) {
        return Times.header(mtime == null ? file.uploadedAt() : mtime);
    }
}
