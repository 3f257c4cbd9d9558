package io.hfmount.emulator.hub.repo;

import io.hfmount.emulator.http.RawTarget;

/**
 * What follows {@code tree} or {@code resolve}: a revision in one segment, its slashes encoded, then a path. The
 * revisions {@code refs/pr/N} and {@code refs/convert/X} may also come plain (hub-api §1.4).
 *
 * @param revision decoded
 * @param path decoded, without slashes at its ends; empty for the root
 */
record RevisionPath(String revision, String path) {
    /** @param raw the rest of the request target, undecoded */
    static RevisionPath of(String raw) {
        int end = segmentEnd(raw, 0);
        if (raw.startsWith("refs/pr/") || raw.startsWith("refs/convert/")) {
            end = segmentEnd(raw, segmentEnd(raw, end + 1) + 1);
        }
        String path = end < raw.length() ? RawTarget.decode(raw.substring(end + 1)) : "";
        return new RevisionPath(
                RawTarget.decode(raw.substring(0, end)),
                path.endsWith("/") ? path.substring(0, path.length() - 1) : path);
    }

    private static int segmentEnd(String raw, int from) {
        int slash = raw.indexOf('/', from);
        return slash < 0 ? raw.length() : slash;
    }
}
