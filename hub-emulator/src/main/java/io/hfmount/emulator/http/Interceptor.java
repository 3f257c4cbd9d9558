package io.hfmount.emulator.http;

import reactor.core.publisher.Mono;

/** Stands between the router and every handler. Thread-safe. */
@FunctionalInterface
public interface Interceptor {
    /** Passes everything on. */
    Interceptor NONE = (request, next) -> next.handle(request);

    /**
     * Answers itself, or asks {@code next} and passes on or changes its answer.
     *
     * @param next the route's handler; called at most once
     */
    Mono<Answer> intercept(Request request, Handler next);
}
