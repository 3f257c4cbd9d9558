package io.hfmount.agent.mount;

import io.hfmount.hub.TokenSource;
import java.nio.file.Path;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;

/**
 * What all mounts of a process share.
 *
 * @param endpoint base address of the Hub
 * @param token Hub token, a secret; null for none
 * @param tokenFile file that holds the token and wins over {@code token} while non-empty; null for none
 * @param dataDirectory private directory for staging and caches, one sub-directory a mount
 */
public record AgentSettings(
        String endpoint, @Nullable String token, @Nullable Path tokenFile, Path dataDirectory) {
    /** Where one mount finds its token: its own file first, then what the process has. */
    TokenSource tokens(@Nullable Path ownFile, Scheduler disk) {
        Path file = ownFile != null ? ownFile : tokenFile;
        if (file != null) {
            return TokenSource.file(file, token, Clock.systemUTC(), disk);
        }
        return token == null || token.isBlank() ? TokenSource.ANONYMOUS : TokenSource.fixed(token);
    }

    @Override
    public String toString() {
        return "AgentSettings[endpoint=" + endpoint + ", token=" + (token == null ? "none" : "***") + ", tokenFile="
                + tokenFile + ", dataDirectory=" + dataDirectory + "]";
    }
}
