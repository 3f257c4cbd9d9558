package io.hfmount.hub.http;

import io.hfmount.model.ContentHash;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A file as the headers of its resolve address describe it (hub-api §4.1).
 *
 * @param size bytes, or -1 when they do not tell (H-47)
 * @param hash content hash, null for content outside Xet storage
 * @param etag names the content, without quotes; null when they do not tell
 * @param lastModified null when they do not tell
 */
record ResolvedFile(
        long size,
        @Nullable ContentHash hash,
        @Nullable String etag,
        @Nullable Instant lastModified) {
    private static final Pattern LENGTH = Pattern.compile("\\d{1,18}");
    private static final Pattern ETAG = Pattern.compile("(?:W/)?\"?([\\x21\\x23-\\x7e]{1,256})\"?");

    /**
     * Asks for a file.
     *
     * @param url its resolve address
     * @param isAbsent whether a 404 says that there is no such file, and nothing worse
     * @return empty when there is no such file
     */
    static Mono<ResolvedFile> ask(HubCalls calls, String url, Predicate<HubAnswer> isAbsent) {
        HubRequest request = HubRequest.head("resolve", url, calls.settings().headTimeout());
        return calls.following(request, answer -> describesFile(answer.headers()))
                .flatMap(answer -> {
                    if (answer.status() == 404 && isAbsent.test(answer)) {
                        return Mono.empty();
                    }
                    if (!answer.isSuccess() && !answer.isRedirect()) {
                        return Mono.error(HubCalls.refusal(request, answer));
                    }
                    return Mono.fromCallable(() -> of(request, answer));
                });
    }

    private static boolean describesFile(HttpHeaders headers) {
        return headers.contains("X-Xet-Hash") || headers.contains("X-Linked-Size");
    }

    private static ResolvedFile of(HubRequest request, HubAnswer answer) {
        HttpHeaders headers = answer.headers();
        long size = linkedSize(headers);
        // A redirect to the store carries the headers itself, but its length is its own.
        if (size < 0 && !answer.isRedirect()) {
            size = length(headers.get("Content-Length"));
        }
        String hash = headers.get("X-Xet-Hash");
        try {
            return new ResolvedFile(
                    size,
                    hash == null ? null : ContentHash.parse(hash),
                    etag(answer),
                    httpDate(headers.get("Last-Modified")));
        } catch (IllegalArgumentException e) {
            throw HubCalls.unreadable(request, answer, e);
        }
    }

    static long linkedSize(HttpHeaders headers) {
        return length(headers.get("X-Linked-Size"));
    }

    /** The whole number in {@code header}, or -1. */
    static long length(@Nullable String header) {
        return header != null && LENGTH.matcher(header).matches() ? Long.parseLong(header) : -1;
    }

    /** The ETag of the file without quotes: of a redirect only the linked one, for its own is another's. */
    static @Nullable String etag(HubAnswer answer) {
        String linked = bare(answer.headers().get("X-Linked-ETag"));
        return linked != null || answer.isRedirect()
                ? linked
                : bare(answer.headers().get("ETag"));
    }

    private static @Nullable String bare(@Nullable String header) {
        var matcher = header == null ? null : ETAG.matcher(header.strip());
        return matcher != null && matcher.matches() ? matcher.group(1) : null;
    }

    private static @Nullable Instant httpDate(@Nullable String header) {
        try {
            return header == null ? null : Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(header));
        } catch (DateTimeException e) {
            return null;
        }
    }
}
