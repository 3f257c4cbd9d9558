package io.hfmount.hub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** A token in a file that others may replace. */
final class TokenFile implements TokenSource {
    private static final Logger LOG = LoggerFactory.getLogger(TokenFile.class);
    private static final int MAX_BYTES = 64 << 10;

    private record Read(@Nullable String token, Instant at) {}

    private final Path file;
    private final @Nullable String fallback;
    private final Clock clock;
    private final Scheduler disk;
    private volatile @Nullable Read last;

    TokenFile(Path file, @Nullable String fallback, Clock clock, Scheduler disk) {
        this.file = file;
        this.fallback = fallback == null || fallback.isBlank() ? null : checked(fallback.strip());
        this.clock = clock;
        this.disk = disk;
    }

    @Override
    public Mono<String> token() {
        return Mono.defer(() -> {
            Read read = last;
            if (read != null && clock.instant().isBefore(read.at.plus(FILE_PERIOD))) {
                return Mono.justOrEmpty(read.token);
            }
            return Mono.fromCallable(this::read).subscribeOn(disk);
        });
    }

    private @Nullable String read() {
        Instant now = clock.instant();
        String text = "";
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new HubException(401, false, "the token file " + file + " is larger than 64 KiB");
            }
            text = new String(bytes, StandardCharsets.UTF_8).strip();
        } catch (NoSuchFileException e) {
            LOG.debug("no token file at {}", file);
        } catch (IOException e) {
            LOG.warn("cannot read the token file {}: {}", file, e.getClass().getSimpleName());
        }
        String token;
        try {
            token = text.isEmpty() ? fallback : checked(text);
        } catch (IllegalArgumentException e) {
            throw new HubException(401, false, "the token file " + file + " holds no usable token: " + e.getMessage());
        }
        last = new Read(token, now);
        return token;
    }

    /** Returns {@code token} if it can be a header value as it is; the message never holds it. */
    static String checked(String token) {
        if (token.isEmpty()) {
            throw new IllegalArgumentException("the token is empty");
        }
        for (int i = 0; i < token.length(); i++) {
            char c = token.charAt(i);
            if (c <= ' ' || c >= 0x7f) {
                throw new IllegalArgumentException("a token is printable ASCII without blanks");
            }
        }
        return token;
    }
}
