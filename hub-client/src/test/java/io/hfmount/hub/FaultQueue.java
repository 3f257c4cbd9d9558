package io.hfmount.hub;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Faults of a port, queued up by call; each is used once. Thread-safe.
 *
 * @param <C> the calls of the port
 */
final class FaultQueue<C extends Enum<C>> {
    /** What happens to a call. */
    interface Fault {
        /** The call as the fault leaves it. */
        <T> Mono<T> disturb(Mono<T> normal);
    }

    private final Map<C, Deque<Fault>> script;
    private final Map<C, Integer> calls;

    FaultQueue(Class<C> type) {
        this.script = new EnumMap<>(type);
        this.calls = new EnumMap<>(type);
    }

    /** Fails without an effect. */
    static Fault refuse(HubException error) {
        return new Fault() {
            @Override
            public <T> Mono<T> disturb(Mono<T> normal) {
                return Mono.error(error);
            }
        };
    }

    /** Has its effect, then fails. */
    static Fault loseAnswer(HubException error) {
        return new Fault() {
            @Override
            public <T> Mono<T> disturb(Mono<T> normal) {
                return normal.then(Mono.error(error));
            }
        };
    }

    /** Waits for the gate, then goes on. */
    static Fault hold(Mono<Void> gate) {
        return new Fault() {
            @Override
            public <T> Mono<T> disturb(Mono<T> normal) {
                return gate.then(normal);
            }
        };
    }

    synchronized void add(C call, Fault fault) {
        script.computeIfAbsent(call, c -> new ArrayDeque<>()).add(fault);
    }

    /** Counts a call and takes its fault, if one is due. */
    synchronized @Nullable Fault next(C call) {
        calls.merge(call, 1, Integer::sum);
        Deque<Fault> faults = script.get(call);
        return faults == null ? null : faults.poll();
    }

    /** {@code normal}, disturbed as scripted. */
    <T> Mono<T> run(C call, Mono<T> normal) {
        return Mono.defer(() -> {
            Fault fault = next(call);
            return fault == null ? normal : fault.disturb(normal);
        });
    }

    /** How many such calls were made (subscribed). */
    synchronized int calls(C call) {
        return calls.getOrDefault(call, 0);
    }

    /** Scripted faults that were not used yet. */
    synchronized int unused() {
        return script.values().stream().mapToInt(Deque::size).sum();
    }
}
