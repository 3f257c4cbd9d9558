package io.hfmount.hub;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

    /** Refuses single operations of a batch; the others reach the delegate. */
    private record RefusedOperations(Map<String, String> errors) implements FaultQueue.Fault {
        @Override
        public <T> Mono<T> disturb(Mono<T> normal) {
            throw new IllegalStateException("operations are a batch's");
        }
    }

    private final BucketHub delegate;
    private final FaultQueue<Call> script = new FaultQueue<>(Call.class);

    public FaultyBucketHub(BucketHub delegate) {
        this.delegate = delegate;
    }

    /** The next such call fails with {@code status} (0: no connection) and has no effect. */
    public void refuseNext(Call call, int status) {
        script.add(call, FaultQueue.refuse(new HubException(status, false, "scripted refusal " + status)));
    }

    /** The next such call has its effect, but its answer is lost. */
    public void loseNextAnswer(Call call) {
        script.add(call, FaultQueue.loseAnswer(new HubException(0, call == Call.BATCH, "scripted loss of the answer")));
    }

    /** The next such call is lost on its way: no effect, and the caller cannot know. */
    public void loseNextRequest(Call call) {
        script.add(call, FaultQueue.refuse(new HubException(0, call == Call.BATCH, "scripted loss of the request")));
    }

    /** The next such call waits for {@code gate}; {@code Mono.never()} hangs it. */
    public void holdNext(Call call, Mono<Void> gate) {
        script.add(call, FaultQueue.hold(gate));
    }

    /** The next batch refuses the operations on these paths with these errors. */
    public void refuseNextOperations(Map<String, String> errorByPath) {
        script.add(Call.BATCH, new RefusedOperations(Map.copyOf(errorByPath)));
    }

    /** How many such calls were made (subscribed). */
    public int calls(Call call) {
        return script.calls(call);
    }

    /** Scripted faults that were not used yet. */
    public int unused() {
        return script.unused();
    }

    @Override
    public Mono<BucketInfo> info() {
        return script.run(Call.INFO, delegate.info());
    }

    @Override
    public Flux<HubEntry> list(String prefix, boolean recursive) {
        return script.run(Call.LIST, delegate.list(prefix, recursive).collectList())
                .flatMapIterable(entries -> entries);
    }

    @Override
    public Mono<HubFile> head(String path) {
        return script.run(Call.HEAD, delegate.head(path));
    }

    @Override
    public Mono<Map<String, HubFile>> pathsInfo(List<String> paths) {
        return script.run(Call.PATHS_INFO, delegate.pathsInfo(paths));
    }

    @Override
    public Mono<BatchResult> batch(List<BatchOperation> operations) {
        return Mono.defer(() -> {
            FaultQueue.Fault fault = script.next(Call.BATCH);
            if (!(fault instanceof RefusedOperations refuse)) {
                return fault == null ? delegate.batch(operations) : fault.disturb(delegate.batch(operations));
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
        return script.run(Call.STORAGE_TOKEN, delegate.storageToken(write));
    }
}
