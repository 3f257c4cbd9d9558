package io.hfmount.hub;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** Where the Hub token comes from. Thread-safe. Tokens never appear in logs or messages. */
@FunctionalInterface
public interface TokenSource {
    /** How long the content of a token file is believed. */
    Duration FILE_PERIOD = Duration.ofSeconds(30);

    /** No token: public buckets, read-only. */
    TokenSource ANONYMOUS = Mono::empty;

    /**
     * The token to use now; empty for an anonymous call. Never blocks the caller.
     *
     * @return fails with {@link HubException} (status 401) when a token is not printable ASCII without blanks
     */
    Mono<String> token();

    /**
     * A token that never changes.
     *
     * @throws IllegalArgumentException if it is not printable ASCII without blanks
     */
    static TokenSource fixed(String token) {
        String checked = TokenFile.checked(token.strip());
        return () -> Mono.just(checked);
    }

    /**
     * A file that may be rotated: read again after {@link #FILE_PERIOD}. It wins when it holds something; while it is
     * absent, empty or unreadable, {@code fallback} is used.
     *
     * @param file UTF-8 text, at most 64 KiB; white space around the token is cut
     * @param fallback the token otherwise, null for none
     * @param clock tells the file's age
     * @param disk where the file is read
     */
    static TokenSource file(Path file, @Nullable String fallback, Clock clock, Scheduler disk) {
        return new TokenFile(file, fallback, clock, disk);
    }
}
