package io.hfmount.agent;

import io.hfmount.model.RepoSource;
import io.hfmount.model.Source;
import io.hfmount.model.api.ProblemCode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What to mount where. Immutable; two mounts are the same if all components are equal.
 *
 * @param source bucket, or repo at a revision, and path; a repo is mounted read-only alone
 * @param mountPoint absolute and normalised
 * @param mode how writes are treated
 * @param transport name of the mount engine, or {@link #DEFAULT_TRANSPORT}
 * @param options everything else
 */
public record MountSpec(Source source, Path mountPoint, MountMode mode, String transport, MountOptions options) {
    /** The best engine that can be used here. */
    public static final String DEFAULT_TRANSPORT = "auto";

    private static final int ID_BYTES = 6;

    public MountSpec {
        if (!mountPoint.isAbsolute() || !mountPoint.normalize().equals(mountPoint)) {
            throw new IllegalArgumentException("a mount point is absolute and normalised");
        }
        if (source instanceof RepoSource && mode != MountMode.READ_ONLY) {
            throw new MountException(
                    ProblemCode.READ_ONLY_SOURCE,
                    "a repo is mounted read-only: leave mode out or set it to read-only; only a bucket takes "
                            + mode.text());
        }
    }

    /**
     * Identity of the mount: 12 hex digits of a digest of source and mount point, so it is the same after a restart
     * and names the same staging directory.
     */
    public String id() {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest((source + "\n" + mountPoint).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, ID_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
