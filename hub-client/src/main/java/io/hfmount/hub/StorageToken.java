package io.hfmount.hub;

import java.time.Instant;

/**
 * Access to the storage service.
 *
 * @param url base address, no trailing slash
 * @param token opaque bearer token; a secret
 * @param expiresAt end of its life
 */
public record StorageToken(String url, String token, Instant expiresAt) {
    @Override
    public String toString() {
        return "StorageToken[url=" + url + ", token=***, expiresAt=" + expiresAt + "]";
    }
}
