package io.hfmount.hub.http;

import io.netty.handler.codec.http.HttpHeaders;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads how long a server asks to wait: {@code RateLimit: "api";r=0;t=12}, else {@code Retry-After: 12}. */
final class ServerDelay {
    private static final Pattern ITEM =
            Pattern.compile("\"[^\"]{0,100}\"\\s*((?:;\\s*[a-z]{1,8}=[^;,\\s]{1,20}\\s*){1,10})");
    private static final Pattern REMAINING = Pattern.compile(";\\s*r=(\\d{1,15})(?!\\d)");
    private static final Pattern RESET = Pattern.compile(";\\s*t=(\\d{1,9})(?!\\d)");
    private static final Pattern SECONDS = Pattern.compile("\\d{1,9}");
    private static final int LONGEST_HEADER = 1000;

    private ServerDelay() {}

    static Optional<Duration> of(HttpHeaders headers) {
        Optional<Duration> limit = ofRateLimit(headers.get("RateLimit"));
        if (limit.isPresent()) {
            return limit;
        }
        String after = headers.get("Retry-After");
        return after != null && SECONDS.matcher(after.strip()).matches()
                ? Optional.of(Duration.ofSeconds(Long.parseLong(after.strip())))
                : Optional.empty();
    }

    /** The longest wait among exhausted windows. */
    private static Optional<Duration> ofRateLimit(@Nullable String header) {
        if (header == null || header.length() > LONGEST_HEADER) {
            return Optional.empty();
        }
        long longest = -1;
        Matcher items = ITEM.matcher(header);
        while (items.find()) {
            Matcher remaining = REMAINING.matcher(items.group(1));
            Matcher reset = RESET.matcher(items.group(1));
            if (remaining.find() && Long.parseLong(remaining.group(1)) == 0 && reset.find()) {
                longest = Math.max(longest, Long.parseLong(reset.group(1)));
            }
        }
        return longest < 0 ? Optional.empty() : Optional.of(Duration.ofSeconds(longest));
    }
}
