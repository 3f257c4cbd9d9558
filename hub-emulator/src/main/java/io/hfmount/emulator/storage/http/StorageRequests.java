package io.hfmount.emulator.storage.http;

import io.hfmount.emulator.auth.Scope;
import io.hfmount.emulator.auth.StorageAuth;
import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.Handler;
import io.hfmount.emulator.http.RefusedException;
import io.hfmount.emulator.http.Request;
import io.hfmount.model.ContentHash;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** What all storage routes do with a request: check its token, read its path, leave the event loop. Thread-safe. */
final class StorageRequests {
    private static final Pattern PREFIX = Pattern.compile("[a-z0-9-]+");

    private final StorageAuth auth;
    private final Scheduler disk;

    /**
     * @param auth checks tokens
     * @param disk where disk and CPU work runs; must not interrupt its tasks
     */
    StorageRequests(StorageAuth auth, Scheduler disk) {
        this.auth = auth;
        this.disk = disk;
    }

    /** {@code handler} behind a token check. */
    Handler guarded(Scope scope, Handler handler) {
        return request -> {
            auth.require(request, scope);
            return handler.handle(request);
        };
    }

    /** Runs {@code work} off the event loop. */
    <T> Mono<T> onDisk(Callable<T> work) {
        return Mono.fromCallable(work).subscribeOn(disk);
    }

    /** A route whose whole work is done off the event loop. */
    Handler blocking(Scope scope, BlockingHandler handler) {
        return guarded(scope, request -> onDisk(() -> handler.handle(request)));
    }

    /** Where disk work runs. */
    Scheduler disk() {
        return disk;
    }

    /**
     * The hash in a path.
     *
     * @throws RefusedException 400 when it is not one
     */
    static ContentHash hash(Request request, String capture) {
        return parse(request.path(capture));
    }

    /**
     * A hash in text form.
     *
     * @throws RefusedException 400 when it is not one
     */
    static ContentHash parse(String text) {
        try {
            return ContentHash.parse(text);
        } catch (IllegalArgumentException e) {
            throw RefusedException.badRequest(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Checks the prefix in a path; all prefixes are alike.
     *
     * @throws RefusedException 400 when it is malformed
     */
    static void checkPrefix(Request request) {
        if (!PREFIX.matcher(request.path("prefix")).matches()) {
            throw RefusedException.badRequest("a prefix is made of a-z, 0-9 and '-'");
        }
    }

    /** Answers one request on a thread that may block. */
    @FunctionalInterface
    interface BlockingHandler {
        /** The answer. */
        Answer handle(Request request) throws Exception;
    }
}
