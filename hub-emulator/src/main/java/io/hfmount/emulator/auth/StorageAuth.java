package io.hfmount.emulator.auth;

import io.hfmount.emulator.http.RefusedException;
import io.hfmount.emulator.http.Request;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Storage tokens: {@code base64url(scope|expiry|user) . base64url(HMAC-SHA256)}, and signatures for data addresses that
 * are fetched without a token. Thread-safe.
 */
public final class StorageAuth {
    private static final String ALGORITHM = "HmacSHA256";
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    private final SecretKeySpec secret;
    private final Duration life;
    private final InstantSource clock;

    /**
     * @param secret at least 32 random bytes, the same across restarts so that tokens stay good
     * @param life of a token
     * @param clock tells now
     */
    public StorageAuth(byte[] secret, Duration life, InstantSource clock) {
        if (secret.length < 32) {
            throw new IllegalArgumentException("the signing secret needs at least 32 bytes");
        }
        this.secret = new SecretKeySpec(secret, ALGORITHM);
        this.life = life;
        this.clock = clock;
    }

    /** A token with what it says. */
    public record Issued(String token, StorageGrant grant) {
        @Override
        public String toString() {
            return "Issued[token=***, grant=" + grant + "]";
        }
    }

    /** Makes a token for {@code user}. */
    public Issued issue(String user, Scope scope) {
        Instant expiry = Instant.ofEpochSecond(clock.instant().plus(life).getEpochSecond());
        String payload = ENCODER.encodeToString(
                (scope.name() + "|" + expiry.getEpochSecond() + "|" + user).getBytes(StandardCharsets.UTF_8));
        return new Issued(payload + "." + sign("token", payload), new StorageGrant(user, scope, expiry));
    }

    /**
     * Checks the bearer token of a storage request.
     *
     * @param wanted what the route needs
     * @return what the token says
     * @throws RefusedException 401 when it is missing, forged or expired, 403 when its scope is too small
     */
    public StorageGrant require(Request request, Scope wanted) {
        String header = request.header(HttpHeaderNames.AUTHORIZATION);
        if (header == null || !header.regionMatches(true, 0, "Bearer ", 0, 7)) {
            throw new RefusedException(401, null, "a storage token is required");
        }
        StorageGrant grant = verify(header.substring(7).strip());
        if (!grant.scope().covers(wanted)) {
            throw new RefusedException(403, null, "this storage token does not allow writing");
        }
        return grant;
    }

    /**
     * Reads a token.
     *
     * @throws RefusedException 401 when it is forged or expired
     */
    public StorageGrant verify(String token) {
        int dot = token.indexOf('.');
        if (dot < 0 || !isSigned("token", token.substring(0, dot), token.substring(dot + 1))) {
            throw new RefusedException(401, null, "invalid storage token");
        }
        String payload = new String(Base64.getUrlDecoder().decode(token.substring(0, dot)), StandardCharsets.UTF_8);
        String[] fields = payload.split("\\|", 3);
        StorageGrant grant =
                new StorageGrant(fields[2], Scope.valueOf(fields[0]), Instant.ofEpochSecond(Long.parseLong(fields[1])));
        if (!clock.instant().isBefore(grant.expiresAt())) {
            throw new RefusedException(401, null, "expired storage token");
        }
        return grant;
    }

    /**
     * Signs a text, such as a data address with its expiry.
     *
     * @param purpose separates kinds of texts, so that a signature is good for its own kind only
     * @return base64url, safe in a URL
     */
    public String sign(String purpose, String text) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(secret);
            mac.update(purpose.getBytes(StandardCharsets.UTF_8));
            mac.update((byte) 0);
            return ENCODER.encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }

    /** Whether {@code signature} is that of {@link #sign}, compared in constant time. */
    public boolean isSigned(String purpose, String text, String signature) {
        return MessageDigest.isEqual(
                sign(purpose, text).getBytes(StandardCharsets.UTF_8), signature.getBytes(StandardCharsets.UTF_8));
    }

    /** Tells now, for expiries of signed texts. */
    public InstantSource clock() {
        return clock;
    }
}
