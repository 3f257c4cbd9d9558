package io.hfmount.emulator.hub;

import io.hfmount.emulator.auth.Users;
import io.hfmount.emulator.bucket.BucketFacts;
import io.hfmount.emulator.bucket.BucketStore;
import io.hfmount.emulator.http.RefusedException;
import io.hfmount.emulator.http.Request;
import org.jspecify.annotations.Nullable;

/** Who may see and change which bucket: everybody sees public ones, the owner sees and changes its own. */
final class BucketAccess {
    private final Users users;
    private final BucketStore store;

    BucketAccess(Users users, BucketStore store) {
        this.users = users;
        this.store = store;
    }

    Users users() {
        return users;
    }

    BucketStore store() {
        return store;
    }

    /** The bucket of the captures {@code ns} and {@code name}, refused as absent when the caller may not see it. */
    BucketFacts readable(Request request) {
        String caller = users.caller(request);
        String id = namespace(request, caller) + "/" + request.path("name");
        return store.facts(id).filter(bucket -> isVisible(bucket, caller)).orElseThrow(() -> absent(caller));
    }

    /** As {@link #readable}, and the caller may change it. */
    BucketFacts writable(Request request) {
        BucketFacts bucket = readable(request);
        requireOwner(users.requireCaller(request), bucket.owner());
        return bucket;
    }

    /** The owner a request names, where {@code me} is the caller. */
    String namespace(Request request, @Nullable String caller) {
        String namespace = request.path("ns");
        if (!namespace.equals("me")) {
            return namespace;
        }
        if (caller == null) {
            throw Users.anonymous();
        }
        return caller;
    }

    static boolean isVisible(BucketFacts bucket, @Nullable String caller) {
        return !bucket.isPrivate() || bucket.owner().equals(caller);
    }

    static void requireOwner(String caller, String owner) {
        if (!caller.equals(owner)) {
            throw new RefusedException(403, null, caller + " has no right to change buckets of " + owner);
        }
    }

    static RefusedException absent(@Nullable String caller) {
        return caller == null ? Users.anonymous() : new RefusedException(404, "RepoNotFound", "Repository not found");
    }
}
