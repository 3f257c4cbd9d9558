package io.hfmount.agent.mount;

import io.hfmount.agent.content.DownloadTarget;
import io.hfmount.agent.content.OpenContent;
import io.hfmount.agent.fs.CommitLane;
import io.hfmount.agent.fs.ContentAccess;
import io.hfmount.agent.fs.FlushSignals;
import io.hfmount.agent.fs.RemoteTree;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.agent.vfs.WouldBlockException;
import io.hfmount.hub.BatchOperation;
import io.hfmount.hub.BatchResult;
import io.hfmount.hub.HubEntry;
import io.hfmount.hub.HubFile;
import io.hfmount.model.ContentHash;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** A Hub that has one file of zeros, and that nothing is ever sent to: what {@link WarmUp} works on. */
final class MadeUpFile {
    static final String NAME = "file";
    static final ContentHash HASH = ContentHash.parse("1".repeat(64));
    private static final long SIZE = 1 << 20;
    private static final HubFile FILE = new HubFile(NAME, SIZE, HASH, Instant.EPOCH);

    static final RemoteTree TREE = new RemoteTree() {
        @Override
        public @Nullable HubFile head(String path) {
            return path.equals(NAME) ? FILE : null;
        }

        @Override
        public List<HubEntry> list(String directory, boolean recursive) {
            return List.of(new HubEntry.File(FILE));
        }

        @Override
        public Map<String, HubFile> pathsInfo(List<String> paths) {
            return Map.of(NAME, FILE);
        }
    };

    static final ContentAccess CONTENT = new ContentAccess() {
        @Override
        public OpenContent open(ContentHash hash, long size) {
            return new Zeros();
        }

        @Override
        public boolean knows(ContentHash hash, long size) {
            return true;
        }

        @Override
        public void download(ContentHash hash, long size, DownloadTarget target) {
            throw new UnsupportedOperationException();
        }
    };

    static final CommitLane LANE = new CommitLane() {
        @Override
        public <T> Mono<T> run(Supplier<Mono<T>> turn) {
            return Mono.error(new UnsupportedOperationException());
        }

        @Override
        public Mono<BatchResult> send(List<BatchOperation> operations) {
            return Mono.error(new UnsupportedOperationException());
        }
    };

    static final FlushSignals SIGNALS = new FlushSignals() {
        @Override
        public void dirty(long ino) {}

        @Override
        public void deletesQueued() {}

        @Override
        public void publishNow(long ino) {}

        @Override
        public void drainDeletes() {}
    };

    private MadeUpFile() {}

    /** Comes late, as from storage. */
    private static final class Zeros implements OpenContent {
        @Override
        public int read(long offset, MemorySegment target, Wait wait) {
            if (wait == Wait.NEVER) {
                throw WouldBlockException.INSTANCE;
            }
            int length = (int) Math.max(0, Math.min(target.byteSize(), SIZE - offset));
            target.asSlice(0, length).fill((byte) 0);
            return length;
        }

        @Override
        public void close() {}
    }
}
