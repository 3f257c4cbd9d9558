package io.hfmount.emulator.http;

import reactor.core.publisher.Mono;

/** Answers one request. */
@FunctionalInterface
public interface Handler {
    /**
     * Computes the answer. Runs on an event loop: work that blocks goes to a scheduler inside the returned Mono.
     *
     * <p>The effects of a request (a registration, a commit) are complete when the Mono emits, before any byte of the
     * answer is sent.
     *
     * @return the answer; a {@link RefusedException} becomes its JSON refusal, any other error a 500
     */
    Mono<Answer> handle(Request request);
}
