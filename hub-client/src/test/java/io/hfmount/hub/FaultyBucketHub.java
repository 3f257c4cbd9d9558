package io.hfmount.hub;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A Hub that fails as scripted, and otherwise as its delegate answers. Faults queue up by call; each is used once.
 * Thread-safe.
 */
public final class FaultyBucketHub implements BucketHub {
    /** The calls of the port. */
    public enum Call {
        INFO,
        LIST,
        HEAD,
        PATHS_INFO,
        BATCH,
        STORAGE_TOKEN
    }

    private sealed interface Fault {
        /** Fails without an effect. */
        record Refuse(HubException error) implements Fault {}

        /** Has its effect, then fails. */
        record LoseAnswer(HubException error) implements Fault {}

        /** Waits for the gate, then goes on. */
        record Hold(Mono<Void> gate) implements Fault {}

        /** Refuses single operations of a batch; the others reach the delegate. */
        record RefuseOperations(Map<String, String> errors) implements Fault {}
    }

    private final BucketHub delegate;
    private final Map<Call, Deque<Fault>> script = new EnumMap<>(Call.class);
    private final Map<Call, Integer> calls = new EnumMap<>(Call.class);

    public FaultyBucketHub(BucketHub delegate) {
        this.delegate = delegate;
    }

    /** The next such call fails with {@code status} (0: no connection) and has no effect. */
    public void refuseNext(Call call, int status) {
        add(call, new Fault.Refuse(new HubException(status, false, "scripted refusal " + status)));
    }

    /** The next such call has its effect, but its answer is lost. */
    public void loseNextAnswer(Call call) {
        add(call, new Fault.LoseAnswer(new HubException(0, call == Call.BATCH, "scripted loss of the answer")));
    }

    /** The next such call is lost on its way: no effect, and the caller cannot know. */
    public void loseNextRequest(Call call) {
        add(call, new Fault.Refuse(new HubException(0, call == Call.BATCH, "scripted loss of the request")));
    }

    /** The next such call waits for {@code gate}; {@code Mono.never()} hangs it. */
    public void holdNext(Call call, Mono<Void> gate) {
        add(call, new Fault.Hold(gate));
    }

    /** The next batch refuses the operations on these paths with these errors. */
    public void refuseNextOperations(Map<String, String> errorByPath) {
        add(Call.BATCH, new Fault.RefuseOperations(Map.copyOf(errorByPath)));
    }

    /** How many such calls were made (subscribed). */
    public synchronized int calls(Call call) {
        return calls.getOrDefault(call, 0);
    }

    /** Scripted faults that were not used yet. */
    public synchronized int unused() {
        return script.values().stream().mapToInt(Deque::size).sum();
    }

    private synchronized void add(Call call, Fault fault) {
        script.computeIfAbsent(call, c -> new ArrayDeque<>()).add(fault);
    }

    private synchronized @Nullable Fault next(Call call) {
        calls.merge(call, 1, Integer::sum);
        Deque<Fault> faults = script.get(call);
        return faults == null ? null : faults.poll();
    }

    private <T> Mono<T> run(Call call, Mono<T> normal) {
        return Mono.defer(() -> disturbed(next(call), normal));
    }

    private static <T> Mono<T> disturbed(@Nullable Fault fault, Mono<T> normal) {
        return switch (fault) {
            case null -> normal;
            case Fault.Refuse refuse -> Mono.error(refuse.error());
            case Fault.LoseAnswer lose -> normal.then(Mono.error(lose.error()));
            case Fault.Hold hold -> hold.gate().then(normal);
            case Fault.RefuseOperations ignored -> throw new IllegalStateException("operations are a batch's");
        };
    }

    @Override
    public Mono<BucketInfo> info() {
        return run(Call.INFO, delegate.info());
    }

    @Override
    public Flux<HubEntry> list(String prefix, boolean recursive) {
        return run(Call.LIST, delegate.list(prefix, recursive).collectList()).flatMapIterable(entries -> entries);
    }

    @Override
    public Mono<HubFile> head(String path) {
        return run(Call.HEAD, delegate.head(path));
    }

    @Override
    public Mono<Map<String, HubFile>> pathsInfo(List<String> paths) {
        return run(Call.PATHS_INFO, delegate.pathsInfo(paths));
    }

    @Override
    public Mono<BatchResult> batch(List<BatchOperation> operations) {
        return Mono.defer(() -> {
            Fault fault = next(Call.BATCH);
            if (!(fault instanceof Fault.RefuseOperations refuse)) {
                return disturbed(fault, delegate.batch(operations));
            }
            List<BatchOperation> passed = new ArrayList<>();
            Map<String, String> failures = new HashMap<>();
            for (BatchOperation operation : operations) {
                String error = refuse.errors().get(operation.path());
                if (error == null) {
                    passed.add(operation);
                } else {
                    failures.put(operation.path(), error);
                }
            }
            Mono<BatchResult> rest = passed.isEmpty() ? Mono.just(new BatchResult(Map.of())) : delegate.batch(passed);
            return rest.map(result -> {
                failures.putAll(result.failures());
                return new BatchResult(failures);
            });
        });
    }

    @Override
    public Mono<StorageToken> storageToken(boolean write) {
        return run(Call.STORAGE_TOKEN, delegate.storageToken(write));
    }
}
