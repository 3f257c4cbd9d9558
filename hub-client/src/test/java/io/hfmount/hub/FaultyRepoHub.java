package io.hfmount.hub;

import io.hfmount.model.ByteRange;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A repo's Hub that fails as scripted, and otherwise as its delegate answers. Faults queue up by call; each is used
 * once. Thread-safe.
 */
public final class FaultyRepoHub implements RepoHub {
    /** The calls of the port. */
    public enum Call {
        INFO,
        LIST,
        HEAD,
        PATHS_INFO,
        READ,
        STORAGE_TOKEN
    }

    private final RepoHub delegate;
    private final FaultQueue<Call> script = new FaultQueue<>(Call.class);

    public FaultyRepoHub(RepoHub delegate) {
        this.delegate = delegate;
    }

    /** The next such call fails with {@code status} (0: no connection). */
    public void refuseNext(Call call, int status) {
        script.add(call, FaultQueue.refuse(new HubException(status, false, "scripted refusal " + status)));
    }

    /** The next such call fails with {@code status} and what the Hub calls the error. */
    public void refuseNext(Call call, int status, String errorCode) {
        script.add(call, FaultQueue.refuse(new HubException(status, false, errorCode, "scripted " + errorCode)));
    }

    /** The next such call waits for {@code gate}; {@code Mono.never()} hangs it. */
    public void holdNext(Call call, Mono<Void> gate) {
        script.add(call, FaultQueue.hold(gate));
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
    public Mono<RepoInfo> info() {
        return script.run(Call.INFO, delegate.info());
    }

    @Override
    public Flux<RepoEntry> list(String revision, String directory, boolean recursive) {
        return script.run(
                        Call.LIST, delegate.list(revision, directory, recursive).collectList())
                .flatMapIterable(entries -> entries);
    }

    @Override
    public Mono<RepoFile> head(String revision, String path) {
        return script.run(Call.HEAD, delegate.head(revision, path));
    }

    @Override
    public Mono<Map<String, RepoEntry>> pathsInfo(String revision, List<String> paths) {
        return script.run(Call.PATHS_INFO, delegate.pathsInfo(revision, paths));
    }

    @Override
    public Mono<PlainRead> read(String revision, String path, ByteRange range, @Nullable String unlessEtag) {
        return script.run(Call.READ, delegate.read(revision, path, range, unlessEtag));
    }

    @Override
    public Mono<StorageToken> storageToken(String revision) {
        return script.run(Call.STORAGE_TOKEN, delegate.storageToken(revision));
    }
}
