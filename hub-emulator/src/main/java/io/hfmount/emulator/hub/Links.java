package io.hfmount.emulator.hub;

import io.hfmount.emulator.http.Request;
import io.hfmount.model.ContentHash;

/**
 * Absolute addresses, built on the origin the client used.
 *
 * @param storagePath where the storage routes are, starting with a slash, without one at the end
 */
record Links(String storagePath) {
    /** The storage service. */
    String storage(Request request) {
        return request.origin() + storagePath;
    }

    /** Where a client gets a read token for a bucket. */
    String readToken(Request request, String bucketId) {
        return request.origin() + "/api/buckets/" + bucketId + "/xet-read-token";
    }

    /** Where a client asks how to rebuild a file. */
    String reconstruction(Request request, ContentHash file) {
        return storage(request) + "/v1/reconstructions/" + file.text();
    }
}
