package io.hfmount.agent.flush;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.agent.fs.HubState;
import io.hfmount.agent.fs.QueuedDelete;
import io.hfmount.agent.fs.SealedEdit;
import io.hfmount.agent.fs.SealedFile;
import io.hfmount.agent.fs.UploadRoute;
import io.hfmount.xet.ContentSource;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.scheduler.Scheduler;

/** mount-semantics §1.8: no thread is interrupted inside disk I/O, and no seal is released under a read. */
@Timeout(30)
class SealedSourceTest {
    private final Scheduler disk = DiskScheduler.create("sealed-source-test");
    private final Bytes file = new Bytes(1 << 20);
    private final SealedSource source = new SealedSource(file, disk);

    @Test
    void reads_giveTheBytesInPieces() throws IOException {
        ByteBuffer all = ByteBuffer.allocate(1 << 20);
        while (all.hasRemaining()) {
            assertThat(source.read(all.position(), all)).isPositive();
        }
        for (int i = 0; i < all.capacity(); i++) {
            if (all.get(i) != Bytes.at(i)) {
                throw new AssertionError("byte " + i);
            }
        }
        assertThat(source.read(5, ByteBuffer.allocate(0))).isZero();
    }

    @Test
    void interruptedReader_leavesTheDiskReadAloneAndItsBufferUntouched() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch reading = new CountDownLatch(1);
        AtomicBoolean diskInterrupted = new AtomicBoolean();
        file.during = () -> {
            reading.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                diskInterrupted.set(true);
            }
        };
        ByteBuffer target = ByteBuffer.allocate(100);
        CompletableFuture<Throwable> result = new CompletableFuture<>();
        Thread reader = Thread.ofVirtual().start(() -> {
            try {
                source.read(0, target);
                result.complete(null);
            } catch (IOException e) {
                result.complete(e);
            }
        });
        reading.await();
        reader.interrupt();
        assertThat(result.get()).isInstanceOf(InterruptedIOException.class);
        source.close();
        assertThat(file.closed).as("released under a read").hasValue(0);
        go.countDown();
        file.closing.await();
        assertThat(file.closed).hasValue(1);
        assertThat(diskInterrupted).isFalse();
        assertThat(target.position()).isZero();
        assertThat(target.array()).containsOnly(0);
    }

    @Test
    void closedSource_readsNoMoreAndReleasesOnce() {
        source.close();
        source.close();
        assertThat(file.closed).hasValue(1);
        assertThatThrownBy(() -> source.read(0, ByteBuffer.allocate(1))).isInstanceOf(IOException.class);
    }

    @Test
    void failedRead_isTheFilesOwnFailure() {
        file.failure = new IOException("the seal is broken");
        assertThatThrownBy(() -> source.read(0, ByteBuffer.allocate(1))).hasMessage("the seal is broken");
        file.failure = null;
        assertThat(file.closed).hasValue(0);
    }

    /** A file of computable bytes. */
    private static final class Bytes implements SealedFile, ContentSource {
        @Override
        public UploadRoute route() {
            return UploadRoute.FULL;
        }

        @Override
        public SealedEdit edit() {
            return null;
        }

        @Override
        public boolean onlyRestores() {
            return false;
        }

        @Override
        public boolean isWhole() {
            return true;
        }

        private final long size;
        private final AtomicInteger closed = new AtomicInteger();
        private final CountDownLatch closing = new CountDownLatch(1);
        private volatile Runnable during = () -> {};
        private volatile IOException failure;

        Bytes(long size) {
            this.size = size;
        }

        static byte at(long position) {
            return (byte) (position * 31 + (position >> 8));
        }

        @Override
        public int read(long position, ByteBuffer target) throws IOException {
            during.run();
            if (failure != null) {
                throw failure;
            }
            int count = 0;
            while (target.hasRemaining() && position + count < size) {
                target.put(at(position + count++));
            }
            return count;
        }

        @Override
        public long ino() {
            return 2;
        }

        @Override
        public String path() {
            return "a";
        }

        @Override
        public long generation() {
            return 1;
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public Instant mtime() {
            return Instant.EPOCH;
        }

        @Override
        public HubState hubState() {
            return new HubState.Absent();
        }

        @Override
        public List<QueuedDelete> pendingDeletes() {
            return List.of();
        }

        @Override
        public ContentSource content() {
            return this;
        }

        @Override
        public boolean broken() {
            return false;
        }

        @Override
        public void close() {
            closed.incrementAndGet();
            closing.countDown();
        }
    }
}
