package io.hfmount.agent.fs;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.AttributeChange;
import io.hfmount.agent.vfs.Caller;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.OpenFlags;
import io.hfmount.model.ContentHash;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What the io lock of an inode keeps apart (mount-semantics §1.8, lock 3), and what is decided again once it is held
 * (rule L3). One side holds the lock; the other one is seen waiting for it.
 */
@Timeout(60)
class EditLockTest extends SparseFixture {
    /** Runs {@code work} in a thread of its own until it waits for the inode's io lock. */
    private static <T> FutureTask<T> waiting(Inode inode, Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        Thread thread = Thread.ofPlatform().daemon().start(task);
        while (thread.isAlive() && thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        assertThat(inode.io.hasQueuedThread(thread))
                .as("it waits for the io lock")
                .isTrue();
        return task;
    }

    private static <T> T result(FutureTask<T> task) throws FsException {
        try {
            return task.get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof FsException refused) {
                throw refused;
            }
            throw new AssertionError(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    /** {@code work} cannot go on while somebody reads staging, and can afterwards. */
    private static <T> T waitsForReaders(Inode inode, Callable<T> work) throws FsException {
        inode.io.readLock().lock();
        FutureTask<T> task;
        try {
            task = waiting(inode, work);
        } finally {
            inode.io.readLock().unlock();
        }
        return result(task);
    }

    private static <T> T besideReaders(Inode inode, Callable<T> work) throws FsException {
        FutureTask<T> task = new FutureTask<>(work);
        inode.io.readLock().lock();
        try {
            Thread.ofPlatform().daemon().start(task);
            return result(task);
        } finally {
            inode.io.readLock().unlock();
        }
    }

    private Callable<Void> writing(long handle, long offset, String text) {
        return () -> {
            write(handle, offset, text);
            return null;
        };
    }

    @Test
    void d1_e1_changesOfStaging_waitForReads() throws FsException {
        long handle = openBase();
        Inode inode = fs.inode("a");
        waitsForReaders(inode, writing(handle, 3, "X"));
        waitsForReaders(inode, () -> {
            fs.fs.fallocate(0, handle, 16, 5, 2);
            return null;
        });
        waitsForReaders(inode, () -> fs.fs.setattr(inode.ino, AttributeChange.ofSize(20)));
        SealedFile sealed = waitsForReaders(
                inode, () -> fs.flush.publication.seal(inode.ino).orElseThrow());
        ContentHash hash = fs.hub.store(composed(sealed));
        boolean clean = waitsForReaders(inode, () -> fs.flush.publication.committed(sealed, hash)); // H-88
        assertThat(clean).isTrue();
        waitsForReaders(inode, () -> {
            sealed.close();
            return null;
        });
        waitsForReaders(inode, () -> {
            fs.close(handle);
            return null;
        });
        assertThat(inode.stagingFile).as("the episode is over").isNull();
        long next = waitsForReaders(
                inode,
                () -> fs.fs.open(inode.ino, OpenFlags.READ_WRITE, Caller.SELF).handle());
        assertThat(read(next)).isEqualTo("abcXe\0\0hijklmnopqrst");
        long truncating = waitsForReaders(
                inode, // H-15: nobody sees the end move under its read
                () -> fs.fs.open(inode.ino, OpenFlags.fromLinux(02 | 01000), Caller.SELF)
                        .handle());
        fs.close(next);
        fs.close(truncating);
        fs.unlink("a");
        waitsForReaders(inode, () -> {
            fs.fs.forget(inode.ino, Long.MAX_VALUE);
            return null;
        });
        assertThat(inode.stagingFile).isNull();
    }

    @Test
    void d1_e1_readsOfStaging_waitForAWriteAndNotForEachOther() throws FsException {
        long handle = openBase();
        write(handle, 0, "XYZ");
        Inode inode = fs.inode("a");
        assertThat(besideReaders(inode, () -> read(handle, 0, 3))).isEqualTo("XYZ");
        try (SealedFile sealed = fs.flush.publication.seal(inode.ino).orElseThrow()) {
            assertThat(besideReaders(inode, () -> ManualFlush.read(sealed, 0, 3)))
                    .isEqualTo(bytes("XYZ"));
            FutureTask<String> read;
            FutureTask<byte[]> upload;
            inode.io.writeLock().lock();
            try {
                read = waiting(inode, () -> read(handle, 0, 3));
                upload = waiting(inode, () -> ManualFlush.read(sealed, 0, 3)); // H-07
                assertThat(fs.walk("a").size()).as("nobody waits for a stat").isEqualTo(26);
            } finally {
                inode.io.writeLock().unlock();
            }
            assertThat(result(read)).isEqualTo("XYZ");
            assertThat(result(upload)).isEqualTo(bytes("XYZ"));
        }
        fs.close(handle);
    }

    @Test
    void e3_read_releases_lock_before_awaiting_fill_sparse_holes() throws FsException {
        long handle = openBase();
        Inode inode = fs.inode("a");
        fs.hub.onCall = call -> {
            if (call.startsWith("READ")) {
                fs.hub.onCall = later -> {};
                assertThat(inode.io.getReadLockCount()).isZero();
                assertThat(inode.io.isWriteLocked()).isFalse();
                assertThat(inode.staging.isLocked()).isFalse();
                FutureTask<Void> writer = new FutureTask<>(writing(handle, 5, "USER"));
                Thread.ofPlatform().daemon().start(writer);
                result(writer);
            }
        };
        assertThat(read(handle)).as("as it was when the read began").isEqualTo(BASE);
        assertThat(read(handle)).isEqualTo("abcdeUSERjklmnopqrstuvwxyz");
        fs.close(handle);
    }

    /** The commit is told of no generation while a writer is between its bytes and its bump (H-88). */
    @Test
    void commitThatMeetsAWriterInTheMiddle_waitsForHimAndLeavesTheFileDirty_H88() throws FsException {
        long handle = openBase();
        write(handle, 0, "one");
        Inode inode = fs.inode("a");
        try (SealedFile sealed = fs.flush.publication.seal(inode.ino).orElseThrow()) {
            ContentHash hash = fs.hub.store(composed(sealed));
            FutureTask<?>[] commit = new FutureTask<?>[1];
            fs.onClock = () -> {
                fs.onClock = () -> {};
                assertThat(inode.io.isWriteLockedByCurrentThread()).isTrue();
                commit[0] = waiting(inode, () -> fs.flush.publication.committed(sealed, hash));
            };
            write(handle, 0, "two");
            assertThat(result(commit[0])).isEqualTo(false);
        }
        assertThat(fs.isDirty("a")).isTrue();
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo("two" + BASE.substring(3));
        fs.close(handle);
    }

    private byte[] composed(SealedFile sealed) {
        try {
            return fs.hub.compose(sealed);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private long openWhile(Inode inode, FsHarness.Refused meanwhile) throws FsException {
        FutureTask<Long> open;
        inode.io.writeLock().lock();
        try {
            open = waiting(
                    inode,
                    () -> fs.fs.open(inode.ino, OpenFlags.READ_WRITE, Caller.SELF)
                            .handle());
            meanwhile.run();
        } finally {
            inode.io.writeLock().unlock();
        }
        return result(open);
    }

    private void drift() throws FsException {
        remote("0123456789-newer");
        fs.poll();
    }

    private void assertEditsWhatIsNew(long handle) throws FsException {
        assertThat(read(handle)).isEqualTo("0123456789-newer");
        write(handle, 0, "X");
        fs.close(handle);
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo("X123456789-newer");
    }

    @Test
    void sparse_open_retries_on_inode_drift_mid_open() throws FsException {
        fs.close(openBase());
        long handle = openWhile(fs.inode("a"), this::drift); // H-05
        EditState edit = fs.inode("a").edit;
        assertThat(edit.baseHash()).isEqualTo(MemoryHub.hash(bytes("0123456789-newer")));
        assertThat(edit.baseSize()).isEqualTo(16);
        assertEditsWhatIsNew(handle);
    }

    @Test
    void driftWhileTrustedStagingIsOpened_isNotEditedInItsPlace_H19_H20() throws FsException {
        long first = openBase();
        read(first);
        fs.close(first);
        assertThat(fs.inode("a").stagingIsCurrent).isTrue();
        assertEditsWhatIsNew(openWhile(fs.inode("a"), this::drift));
    }

    @Test
    void truncationThatMeetsADrift_cutsTheNewRevision_H02() throws FsException {
        fs.close(openBase());
        Inode inode = fs.inode("a");
        FutureTask<?> truncation;
        inode.io.writeLock().lock();
        try {
            truncation = waiting(inode, () -> fs.fs.setattr(inode.ino, AttributeChange.ofSize(12)));
            drift();
        } finally {
            inode.io.writeLock().unlock();
        }
        result(truncation);
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo("0123456789-n");
    }

    /** The open saw a dirty file; when it is its turn, the edit is published and its staging with holes is gone. */
    @Test
    void sparse_open_stale_snapshot_uses_live_state() throws FsException {
        long first = openBase();
        write(first, 5, "X");
        fs.close(first);
        Inode inode = fs.inode("a");
        long handle;
        try (SealedFile sealed = fs.flush.publication.seal(inode.ino).orElseThrow()) {
            byte[] composed = bytes("abcdeXghijklmnopqrstuvwxyz");
            handle = openWhile(inode, () -> {
                fs.hub.put("a", composed);
                assertThat(fs.flush.publication.committed(sealed, MemoryHub.hash(composed)))
                        .isTrue();
                assertThat(inode.stagingFile).isNull();
            });
        }
        assertThat(read(handle)).isEqualTo("abcdeXghijklmnopqrstuvwxyz");
        write(handle, 0, "Y");
        fs.close(handle);
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo("YbcdeXghijklmnopqrstuvwxyz");
    }
}
