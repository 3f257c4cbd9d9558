package io.hfmount.agent.fs;

import io.hfmount.hub.BatchOperation;
import io.hfmount.hub.BatchResult;
import java.util.List;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/**
 * The one lane on which this mount changes the Hub. Turns run one after another, in the order they were asked for, so
 * that a delete never overtakes the add it belongs to, and a rename never crosses a commit. Uploads stay outside.
 * Thread-safe.
 */
public interface CommitLane {
    /**
     * Runs one turn: subscribes to {@code turn} when all earlier turns have ended.
     *
     * @param turn called when it is the turn's time; signals off the event loop
     */
    <T> Mono<T> run(Supplier<Mono<T>> turn);

    /**
     * Sends one batch, inside a turn. Paths are mount-relative.
     *
     * @param operations 1 to 1000, adds before deletes (H-55)
     */
    Mono<BatchResult> send(List<BatchOperation> operations);
}
