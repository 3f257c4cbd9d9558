package io.hfmount.emulator.hub.wire;

import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.Json;
import io.hfmount.emulator.http.RangeHeader;
import io.hfmount.emulator.http.Request;
import io.hfmount.model.ByteRange;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Answers resolve requests: facts, bytes, ranges, and the form that sends clients to storage (hub-api §4). */
public final class FileAnswers {
    private static final String FILE_INFO = "application/vnd.xet-fileinfo+json";
    private static final String DEFAULT_TYPE = "application/octet-stream";

    private final Links links;

    /** @param links where storage is */
    public FileAnswers(Links links) {
        this.links = links;
    }

    /** The answer to a GET or HEAD of {@code file}. */
    public Answer answer(Request request, ServedFile file) {
        return describe(body(request, file), request, file);
    }

    private Answer body(Request request, ServedFile file) {
        boolean isHead = request.method().equals(HttpMethod.HEAD);
        ServedFile.Stored stored = file.stored();
        if (!isHead && stored != null && accepts(request, FILE_INFO)) {
            return Answer.bytes(200, FILE_INFO, Json.bytes(fileInfo(request, file, stored)));
        }
        if (matches(request.header(HttpHeaderNames.IF_NONE_MATCH), etag(file))) {
            return Answer.empty(304);
        }
        boolean ranged = !isHead && isRangeWanted(request, file);
        if (ranged && stored == null && file.size() == 0) {
            // No range of an empty file can be satisfied. The JavaScript client asks for one before every download,
            // takes a
            // 416 for an error, and reads the size here; to everybody else the header means nothing in a 200.
            return content(200, file, new ByteRange(0, 0)).header(HttpHeaderNames.CONTENT_RANGE, "bytes */0");
        }
        return switch (RangeHeader.wish(ranged ? request.header(HttpHeaderNames.RANGE) : null, file.size())) {
            case RangeHeader.Wish.Whole whole -> content(200, file, new ByteRange(0, file.size()));
            case RangeHeader.Wish.Part(ByteRange range) ->
                content(206, file, range)
                        .header(
                                HttpHeaderNames.CONTENT_RANGE,
                                "bytes " + range.start() + "-" + (range.end() - 1) + "/" + file.size());
            case RangeHeader.Wish.Unsatisfiable none ->
                Answer.refusal(416, null, "the range lies outside the file's " + file.size() + " bytes")
                        .header(HttpHeaderNames.CONTENT_RANGE, "bytes */" + file.size());
        };
    }

    private static Answer content(int status, ServedFile file, ByteRange range) {
        String type = file.contentType() == null ? DEFAULT_TYPE : file.contentType();
        return Answer.stream(status, type, range.length(), file.content().apply(range));
    }

    /** The headers every answer about a file carries. */
    private Answer describe(Answer answer, Request request, ServedFile file) {
        ServedFile.Stored stored = file.stored();
        if (stored != null) {
            answer.header("X-Xet-Hash", stored.hash().text())
                    .header("X-Linked-Size", Long.toString(file.size()))
                    .header("X-Linked-ETag", etag(file))
                    .header(
                            "Link",
                            "<" + stored.tokenUrl() + ">; rel=\"xet-auth\", <"
                                    + links.reconstruction(request, stored.hash())
                                    + ">; rel=\"xet-reconstruction-info\"");
        }
        return answer.header(HttpHeaderNames.ETAG, etag(file))
                .header(HttpHeaderNames.LAST_MODIFIED, Times.header(file.lastModified()))
                .header(HttpHeaderNames.ACCEPT_RANGES, "bytes")
                .header(HttpHeaderNames.VARY, "Accept");
    }

    private Map<String, Object> fileInfo(Request request, ServedFile file, ServedFile.Stored stored) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("hash", stored.hash().text());
        json.put("refreshUrl", stored.tokenUrl());
        json.put("reconstructionUrl", links.reconstruction(request, stored.hash()));
        json.put("size", file.size());
        json.put("etag", etag(file));
        json.put("fileName", file.name());
        return json;
    }

    private static boolean isRangeWanted(Request request, ServedFile file) {
        String condition = request.header(HttpHeaderNames.IF_RANGE);
        return condition == null || condition.equals(etag(file)) || condition.equals(Times.header(file.lastModified()));
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

    private static String etag(ServedFile file) {
        return "\"" + file.etag() + "\"";
    }
}
