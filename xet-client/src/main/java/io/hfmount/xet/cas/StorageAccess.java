package io.hfmount.xet.cas;

import java.time.Instant;

/**
 * Where the storage service is and how to be let in (xet-protocol §10.1).
 *
 * @param url base address; a trailing slash is cut
 * @param token bearer token; a secret
 * @param expiresAt end of its life, {@link Instant#MAX} when it has none
 */
public record StorageAccess(String url, String token, Instant expiresAt) {
    public StorageAccess {
        while (url.endsWith("/")) {
            url = url.substring(0, url.length() - 1);
        }
        if (!url.startsWith("http://") && !url.startsWith("https://")) {
            throw new IllegalArgumentException("the storage address must start with http:// or https://");
        }
    }

    @Override
    public String toString() {
        return "StorageAccess[url=" + url + ", token=***, expiresAt=" + expiresAt + "]";
    }
}
