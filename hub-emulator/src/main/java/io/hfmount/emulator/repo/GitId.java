package io.hfmount.emulator.repo;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Ids as git makes them: SHA-1 over a header and the bytes. */
public final class GitId {
    private GitId() {}

    /** The id of a blob. */
    public static String ofBlob(byte[] content) {
        return of("blob", content);
    }

    /** The id of an object of {@code type}. */
    static String of(String type, byte[] content) {
        MessageDigest sha1 = sha1();
        sha1.update((type + " " + content.length + "\0").getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(sha1.digest(content));
    }

    private static MessageDigest sha1() {
        try {
            return MessageDigest.getInstance("SHA-1");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
    }
}
