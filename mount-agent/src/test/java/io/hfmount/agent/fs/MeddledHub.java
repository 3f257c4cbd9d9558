package io.hfmount.agent.fs;

import io.hfmount.agent.content.DownloadTarget;
import io.hfmount.agent.content.OpenContent;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.hub.BatchOperation;
import io.hfmount.hub.BatchResult;
import io.hfmount.hub.HubEntry;
import io.hfmount.hub.HubFile;
import io.hfmount.model.ContentHash;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/**
 * A {@link MemoryHub} that lets others act in the middle of every call: before it takes effect, and after that but before
 * its answer arrives. Its lane runs one turn after another, as the real one does.
 */
final class MeddledHub implements RemoteTree, CommitLane, ContentAccess {
    private final MemoryHub hub;
    private final Semaphore lane = new Semaphore(1);
    private final AtomicInteger waiting = new AtomicInteger();

    /** Called without locks, on the thread of the call. */
    Meddler meddler = (call, after) -> {};

    @FunctionalInterface
    interface Meddler {
        void at(String call, boolean after);
    }

    @FunctionalInterface
    private interface Call<T> {
        T answer() throws FsException;
    }

    MeddledHub(MemoryHub hub) {
        this.hub = hub;
    }

    /** Whether somebody waits for a turn. */
    boolean laneIsWaitedFor() {
        return waiting.get() > 0;
    }

    /** What happens to the next batch; nothing special if null. */
    void fault(MemoryHub.Fault next) {
        synchronized (hub) {
            hub.faults.clear();
            if (next != null) {
                hub.faults.add(next);
            }
        }
    }

    private <T> T meddled(String what, Call<T> call) throws FsException {
        meddler.at(what, false);
        T answer = call.answer();
        meddler.at(what, true);
        return answer;
    }

    @Override
    public HubFile head(String path) throws FsException {
        return meddled("head " + path, () -> hub.head(path));
    }

    @Override
    public List<HubEntry> list(String directory, boolean recursive) throws FsException {
        return meddled("list " + directory, () -> hub.list(directory, recursive));
    }

    @Override
    public List<HubEntry> listAtMost(String directory, boolean recursive, int most) throws FsException {
        return meddled("list " + directory, () -> hub.listAtMost(directory, recursive, most));
    }

    @Override
    public Map<String, HubFile> pathsInfo(List<String> paths) throws FsException {
        return meddled("info " + paths, () -> hub.pathsInfo(paths));
    }

    @Override
    public <T> Mono<T> run(Supplier<Mono<T>> turn) {
        return Mono.defer(() -> {
            waiting.incrementAndGet();
            lane.acquireUninterruptibly();
            waiting.decrementAndGet();
            return turn.get().doFinally(end -> lane.release());
        });
    }

    @Override
    public Mono<BatchResult> send(List<BatchOperation> operations) {
        return Mono.fromCallable(
                () -> meddled("batch " + operations, () -> hub.send(operations).block()));
    }

    @Override
    public boolean knows(ContentHash hash, long size) {
        return hub.knows(hash, size);
    }

    @Override
    public OpenContent open(ContentHash hash, long size) {
        return hub.open(hash, size);
    }

    @Override
    public void download(ContentHash hash, long size, DownloadTarget target) throws FsException {
        meddled("download", () -> {
            hub.download(hash, size, target);
            return true;
        });
    }
}
