package io.hfmount.emulator.hub.wire;

import io.hfmount.emulator.http.Request;
import io.hfmount.model.ContentHash;
import io.hfmount.model.RepoKind;

/**
 * Absolute addresses, built on the origin the client used.
 *
 * @param storagePath where the storage routes are, starting with a slash, without one at the end
 */
public record Links(String storagePath) {
    /** The storage service. */
    public String storage(Request request) {
        return request.origin() + storagePath;
    }

    /** Where a client gets a read token for a bucket. */
    public String readToken(Request request, String bucketId) {
        return request.origin() + "/api/buckets/" + bucketId + "/xet-read-token";
    }

    /** Where a client gets a read token for a repo at a commit. */
    public String readToken(Request request, RepoKind kind, String repo, String commit) {
        return request.origin() + "/api/" + kind.collection() + "/" + repo + "/xet-read-token/" + commit;
    }

    /** Where people look at a repo. */
    public static String repo(Request request, RepoKind kind, String repo) {
        return request.origin() + "/" + kind.urlPrefix() + repo;
    }

    /** Where a client asks how to rebuild a file. */
    public String reconstruction(Request request, ContentHash file) {
        return storage(request) + "/v1/reconstructions/" + file.text();
    }
}
