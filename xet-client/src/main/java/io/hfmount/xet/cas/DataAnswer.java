package io.hfmount.xet.cas;

import io.hfmount.model.ByteRange;
import io.hfmount.xet.StorageException;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.client.HttpClientResponse;

/** What the headers of an answer must say before its body is worth reading. */
final class DataAnswer {
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18}|\\*)");
    private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");

    private DataAnswer() {}

    /**
     * Checks the answer to a request for {@code range}.
     *
     * @throws AttemptException of kind {@code CORRUPT} if it announces other bytes
     */
    static void check(HttpClientResponse response, ByteRange range) {
        String type = response.responseHeaders().get(HttpHeaderNames.CONTENT_TYPE, "");
        if (type.toLowerCase(Locale.ROOT).startsWith("multipart/")) {
            throw corrupt("a multipart answer to one range");
        }
        String announced = response.responseHeaders().get(HttpHeaderNames.CONTENT_RANGE);
        if (announced != null) {
            Matcher matcher = CONTENT_RANGE.matcher(announced);
            if (!matcher.matches()
                    || Long.parseLong(matcher.group(1)) != range.start()
                    || Long.parseLong(matcher.group(2)) != range.end() - 1) {
                throw corrupt("an answer with another byte range than asked for");
            }
        }
        String length = response.responseHeaders().get(HttpHeaderNames.CONTENT_LENGTH);
        if (length != null && parseLength(length) != range.length()) {
            throw corrupt(ErrorText.clean(length) + " bytes instead of " + range.length());
        }
    }

    /** The announced length of a body. */
    static long contentLength(HttpClientResponse response) {
        return parseLength(response.responseHeaders().get(HttpHeaderNames.CONTENT_LENGTH));
    }

    private static long parseLength(@Nullable String text) {
        if (text == null || !NUMBER.matcher(text).matches()) {
            throw corrupt("an answer without a length");
        }
        return Long.parseLong(text);
    }

    private static AttemptException corrupt(String what) {
        return AttemptException.transientFailure(StorageException.Kind.CORRUPT, "storage sent " + what, null);
    }
}
