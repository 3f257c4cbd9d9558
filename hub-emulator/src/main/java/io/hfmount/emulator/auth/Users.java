package io.hfmount.emulator.auth;

import io.hfmount.emulator.http.RefusedException;
import io.hfmount.emulator.http.Request;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The users of the Hub and their tokens. Immutable. */
public final class Users {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,95}");

    private final Map<String, String> tokenOf;

    /**
     * Checks and keeps the users.
     *
     * @param tokenOf token by name; tokens start with {@code hf_}, because clients refuse others (hub-api §1.1)
     * @throws IllegalArgumentException for a bad name or token; the message does not hold the token
     */
    public Users(Map<String, String> tokenOf) {
        check(tokenOf);
        this.tokenOf = Map.copyOf(tokenOf);
    }

    /**
     * Checks users without keeping them.
     *
     * @throws IllegalArgumentException when there is none, or for a bad name or token
     */
    public static void check(Map<String, String> tokenOf) {
        if (tokenOf.isEmpty()) {
            throw new IllegalArgumentException("a Hub needs at least one user");
        }
        tokenOf.forEach((name, token) -> {
            if (!NAME.matcher(name).matches() || name.equals("me")) {
                throw new IllegalArgumentException(
                        "a user name has letters, digits and -_. and at most 96 characters, and is not 'me': " + name);
            }
            if (!token.startsWith("hf_") || token.length() < 4 || !token.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
                throw new IllegalArgumentException("the token of " + name + " must start with hf_ and be ASCII");
            }
        });
    }

    /**
     * Who sends {@code request}.
     *
     * @return the user, or null for a request without a token
     * @throws RefusedException 401 for a token that is nobody's
     */
    public @Nullable String caller(Request request) {
        String header = request.header(HttpHeaderNames.AUTHORIZATION);
        if (header == null) {
            return null;
        }
        if (header.regionMatches(true, 0, "Bearer ", 0, 7)) {
            byte[] sent = header.substring(7).strip().getBytes(StandardCharsets.UTF_8);
            String found = null;
            for (Map.Entry<String, String> user : tokenOf.entrySet()) {
                if (MessageDigest.isEqual(user.getValue().getBytes(StandardCharsets.UTF_8), sent)) {
                    found = user.getKey();
                }
            }
            if (found != null) {
                return found;
            }
        }
        throw new RefusedException(401, null, "Invalid credentials in Authorization header");
    }

    /**
     * The user who sends {@code request}.
     *
     * @throws RefusedException 401 when there is none
     */
    public String requireCaller(Request request) {
        String user = caller(request);
        if (user == null) {
            throw anonymous();
        }
        return user;
    }

    /** The refusal of a caller without a token (hub-api §1.1). */
    public static RefusedException anonymous() {
        return new RefusedException(401, "RepoNotFound", "Invalid username or password.");
    }
}
