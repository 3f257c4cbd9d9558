package io.hfmount.xet.testing;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.Reconstruction;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.cas.FileWindows;
import io.hfmount.xet.cas.StorageClient;
import io.hfmount.xet.cas.StorageRoute;
import io.hfmount.xet.xorb.XorbBody;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Mono;

/** Passes calls on unless its plan delays or fails them. Thread-safe. */
public class FaultyStorage implements StorageClient {
    private final StorageClient storage;
    private final AtomicIntegerArray calls = new AtomicIntegerArray(StorageRoute.values().length);
    private volatile UnaryOperator<FileWindows> answers = answer -> answer;
    private volatile UnaryOperator<Reconstruction> plans = plan -> plan;
    private volatile UnaryOperator<byte[]> stored = bytes -> bytes;
    private volatile UnaryOperator<Throwable> refusals = failure -> failure;
    private volatile Plan plan = (route, call) -> Mono.empty();

    /** Decides what happens to a call. */
    @FunctionalInterface
    public interface Plan {
        /**
         * Runs before a call.
         *
         * @param call counts the calls of this route, from 1
         * @return completes to let the call through, fails to fail it, waits to delay it
         */
        Mono<Void> before(StorageRoute route, int call);
    }

    /** Passes everything on to {@code storage} at first. */
    public FaultyStorage(StorageClient storage) {
        this.storage = storage;
    }

    /** Uses another plan from now on. */
    public void plan(Plan value) {
        plan = value;
    }

    /** Falsifies answers about windows from now on. */
    public void falsifyWindows(UnaryOperator<FileWindows> value) {
        answers = value;
    }

    /** Falsifies reconstructions from now on. */
    public void falsifyPlans(UnaryOperator<Reconstruction> value) {
        plans = value;
    }

    /** Falsifies stored bytes from now on. */
    public void falsifyData(UnaryOperator<byte[]> value) {
        stored = value;
    }

    /** Says something else of shards that are refused from now on. */
    public void falsifyRefusals(UnaryOperator<Throwable> value) {
        refusals = value;
    }

    /** What storage says when it fails itself. */
    public static StorageException serverFault() {
        return new StorageException(StorageException.Kind.UNAVAILABLE, "storage failed") {
            @Override
            public boolean isServerFault() {
                return true;
            }
        };
    }

    /** Calls of a route so far. */
    public int calls(StorageRoute route) {
        return calls.get(route.ordinal());
    }

    /** All calls so far. */
    public int calls() {
        int sum = 0;
        for (int i = 0; i < calls.length(); i++) {
            sum += calls.get(i);
        }
        return sum;
    }

    private Mono<Void> before(StorageRoute route) {
        return Mono.defer(() -> plan.before(route, calls.incrementAndGet(route.ordinal())));
    }

    @Override
    public Mono<Reconstruction> reconstruct(ContentHash file, ByteRange range) {
        return before(StorageRoute.RECONSTRUCTION)
                .then(storage.reconstruct(file, range))
                .map(plans);
    }

    @Override
    public Mono<byte[]> data(String url, ByteRange bytes) {
        return before(StorageRoute.DATA).then(storage.data(url, bytes)).map(stored);
    }

    @Override
    public Mono<byte[]> dedupShard(ContentHash chunk) {
        return before(StorageRoute.CHUNK_QUERY).then(storage.dedupShard(chunk));
    }

    @Override
    public Mono<Boolean> putXorb(ContentHash xorb, XorbBody body) {
        return before(StorageRoute.XORB_UPLOAD).then(storage.putXorb(xorb, body));
    }

    @Override
    public Mono<Void> putShard(byte[] shard) {
        return before(StorageRoute.SHARD_UPLOAD).then(storage.putShard(shard).onErrorMap(e -> refusals.apply(e)));
    }

    @Override
    public Mono<FileWindows> windows(ContentHash file, List<ByteRange> dirty) {
        return before(StorageRoute.WINDOWS).then(storage.windows(file, dirty)).map(answers);
    }

    @Override
    public Mono<Long> fileSize(ContentHash file) {
        return before(StorageRoute.FILE_SIZE).then(storage.fileSize(file));
    }
}
