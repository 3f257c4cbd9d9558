package io.hfmount.agent.fs;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.OpenFlags;
import io.hfmount.model.RangeSet;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What a commit leaves of an inode (mount-semantics §3.7); names with underscores alone are those of §10.1 and §10.3. */
class AppliedCommitTest extends SparseFixture {
    @Test
    void apply_commit_sparse_upload_keeps_sparse_state() throws FsException {
        long handle = openBase();
        write(handle, 5, "12345");
        read(handle, 12, 4);
        flush(UploadRoute.RANGE);
        Inode inode = fs.inode("a");
        assertThat(inode.isDirty()).isFalse();
        assertThat(inode.contentHash).isEqualTo(fs.hub.files.get("a").hash()).isNotEqualTo(MemoryHub.hash(bytes(BASE)));
        assertThat(inode.size).isEqualTo(26);
        assertThat(inode.stagingIsCurrent).as("it has holes (H-02b)").isFalse();
        assertThat(inode.edit.baseHash()).isEqualTo(inode.contentHash);
        assertThat(inode.edit.baseSize()).isEqualTo(26);
        assertThat(inode.edit.dirty().isEmpty()).isTrue();
        assertThat(inode.edit.coverage()).isEqualTo(RangeSet.of(5, 10).add(12, 16));
        fs.close(handle);
        assertThat(inode.edit).as("the episode is over").isNull();
        assertThat(inode.stagingFile).isNull();
    }

    @Test
    void apply_commit_full_upload_clears_sparse_state() throws FsException {
        long handle = openBase();
        write(handle, 0, "0123456789");
        read(handle);
        fs.close(handle);
        flush(UploadRoute.FULL);
        Inode inode = fs.inode("a");
        assertThat(inode.isDirty()).isFalse();
        assertThat(inode.contentHash).isEqualTo(fs.hub.files.get("a").hash());
        assertThat(inode.stagingIsCurrent).isTrue();
        assertThat(inode.edit).isNull();
    }

    /** A file that is held open keeps what it needs to be composed next time (§3.7, third variant). */
    @Test
    void fullUploadOfAnOpenFile_leavesFullCoverage_H03() throws FsException {
        long handle = fs.create("a");
        write(handle, 0, BASE);
        flush(UploadRoute.FULL);
        Inode inode = fs.inode("a");
        assertThat(inode.edit.baseHash()).isEqualTo(inode.contentHash);
        assertThat(inode.edit.isFullyCovered(26)).isTrue();
        assertThat(inode.edit.dirty().isEmpty()).isTrue();
        assertThat(inode.stagingIsCurrent).isFalse();
        fs.close(handle);
        assertThat(inode.edit).isNull();
        assertThat(inode.stagingIsCurrent).isTrue();
    }

    @Test
    void apply_noop_commit_promotes_staging_is_current_when_non_sparse() throws FsException {
        remote("small");
        long handle = fs.open("a", OpenFlags.READ_WRITE);
        write(handle, 0, "s");
        fs.close(handle);
        assertThat(fs.inode("a").stagingIsCurrent).isFalse();
        fs.hub.calls.clear();
        flush(UploadRoute.FULL);
        assertThat(fs.hub.calls).as("the Hub has it already").isEmpty();
        assertThat(fs.isDirty("a")).isFalse();
        assertThat(fs.inode("a").stagingIsCurrent).isTrue();
    }

    @Test
    void apply_noop_commit_keeps_staging_is_current_false_when_sparse() throws FsException {
        long handle = openBase();
        write(handle, 30, "x");
        fs.truncate("a", 26);
        flush(UploadRoute.UNCHANGED);
        Inode inode = fs.inode("a");
        assertThat(inode.isDirty()).isFalse();
        assertThat(inode.stagingIsCurrent).isFalse();
        assertThat(inode.edit.isUnchanged(26)).isTrue();
        assertThat(inode.edit.baseHash()).isEqualTo(MemoryHub.hash(bytes(BASE)));
        fs.close(handle);
        assertThat(inode.stagingIsCurrent).isFalse();
        assertThat(inode.stagingFile).as("with its holes (H-01b)").isNull();
    }

    private void writeInTheMiddleOfTheFlush(long handle, UploadRoute route) {
        fs.flush.beforeCommit = () -> {
            fs.flush.beforeCommit = () -> {};
            try {
                write(handle, 0, "second");
            } catch (FsException e) {
                throw new AssertionError(e);
            }
            fs.advance(Duration.ofSeconds(3));
        };
        flush(route);
    }

    private void assertNoClockMoved(Inode inode, Instant written, Instant revalidated) {
        assertThat(inode.isDirty()).isTrue();
        assertThat(inode.mtime).as("H-06").isEqualTo(written);
        assertThat(inode.ctime).isEqualTo(written);
        assertThat(inode.lastRevalidated).isEqualTo(revalidated);
    }

    @Test
    void apply_commit_sparse_mismatch_does_not_stamp_clocks() throws FsException {
        long handle = openBase();
        write(handle, 5, "first");
        Inode inode = fs.inode("a");
        Instant revalidated = inode.lastRevalidated;
        writeInTheMiddleOfTheFlush(handle, UploadRoute.RANGE);
        assertNoClockMoved(inode, fs.now.minusSeconds(3), revalidated);
        assertThat(inode.contentHash).as("the base stays").isEqualTo(MemoryHub.hash(bytes(BASE)));
        assertThat(inode.edit.dirty()).isEqualTo(RangeSet.of(0, 10));
        fs.close(handle);
    }

    @Test
    void c5_apply_noop_commit_bumps_mtime_even_on_generation_mismatch() throws FsException {
        long handle = openBase();
        write(handle, 30, "x");
        fs.truncate("a", 26);
        Inode inode = fs.inode("a");
        Instant revalidated = inode.lastRevalidated;
        writeInTheMiddleOfTheFlush(handle, UploadRoute.UNCHANGED);
        assertNoClockMoved(inode, fs.now.minusSeconds(3), revalidated);
        fs.close(handle);
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo("second" + BASE.substring(6));
    }
}
