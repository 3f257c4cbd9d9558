package io.hfmount.agent.fs;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.AttributeChange;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.OpenFlags;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/**
 * Sizes of edited files: writes past the end, truncation, growth (mount-semantics §2.9). Names with underscores alone are those of
 * §10.2 and §10.3.
 */
class SparseSizeTest extends SparseFixture {
    @Test
    void sparse_setattr_shrink_clips_state() throws FsException {
        long handle = openBase();
        write(handle, 2, "12");
        write(handle, 20, "34");
        fs.truncate("a", 10);
        assertThat(read(handle)).isEqualTo("ab12efghij");
        fs.truncate("a", 22);
        assertThat(read(handle))
                .as("what was cut off does not come back (H-12c)")
                .isEqualTo("ab12efghij" + "\0".repeat(12));
        fs.close(handle);
        flush(UploadRoute.FULL);
        assertThat(published()).isEqualTo("ab12efghij" + "\0".repeat(12));
    }

    @Test
    void sparse_truncate_shrink_then_flush_drops_tail() throws FsException {
        long handle = openBase();
        write(handle, 1, "AA");
        fs.truncate("a", 5);
        fs.close(handle);
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo("aAAde");
        assertNothingDownloaded();
    }

    @Test
    void sparse_pure_truncate_shrink_then_flush_drops_tail() throws FsException {
        remote(BASE);
        fs.truncate("a", 20);
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo(BASE.substring(0, 20));
        assertNothingDownloaded();
    }

    @Test
    void growthOfACleanFile_addsZerosWithoutADownload() throws FsException {
        remote(BASE);
        fs.truncate("a", 30);
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo(BASE + "\0\0\0\0");
        assertNothingDownloaded();
    }

    @Test
    void repro_noop_flush_does_not_bump_mtime() throws FsException {
        long handle = openBase();
        fs.fs.setattr(fs.walk("a").ino(), AttributeChange.ofSize(26));
        assertThat(fs.isDirty("a")).isFalse();
        fs.close(handle);
        assertThat(publishedMtime()).isEqualTo(Instant.parse("2026-01-01T00:00:00Z"));
    }

    @Test
    void write_after_flush_reuses_handle_and_preserves_patch_through_truncate() throws FsException {
        long handle = fs.create("a");
        write(handle, 0, BASE);
        flush(UploadRoute.FULL);
        write(handle, 3, "patch");
        fs.truncate("a", 12);
        flush(UploadRoute.FULL);
        assertThat(published()).isEqualTo("abcpatchijkl");
        write(handle, 12, "!");
        flush(UploadRoute.RANGE);
        assertThat(published())
                .as("a log held open does not travel whole each time")
                .isEqualTo("abcpatchijkl!");
        fs.close(handle);
    }

    @Test
    void c3_o_trunc_then_write_then_setattr_extend_loses_user_bytes() throws FsException {
        remote(BASE);
        long handle = fs.open("a", OpenFlags.fromLinux(02 | 01000));
        write(handle, 0, "12345");
        fs.truncate("a", 8);
        long second = fs.open("a", OpenFlags.READ_WRITE);
        assertThat(read(second)).as("H-04").isEqualTo("12345\0\0\0");
        fs.close(handle);
        fs.close(second);
        flush(UploadRoute.FULL);
        assertThat(published()).isEqualTo("12345\0\0\0");
    }

    @Test
    void b5_setattr_zero_then_write_then_setattr_extend_loses_bytes() throws FsException {
        long handle = openBase();
        fs.truncate("a", 0);
        fs.flush.flushAll();
        write(handle, 0, "1234567890ab");
        fs.truncate("a", 14);
        fs.close(handle);
        fs.flush.flushAll();
        assertThat(published()).isEqualTo("1234567890ab\0\0");
    }

    @Test
    void c1_setattr_on_stale_sparse_write_rolls_back_remote_revision() throws FsException {
        long handle = openBase();
        write(handle, 0, "X");
        fs.close(handle);
        flush(UploadRoute.RANGE);
        remote("0123456789-newer");
        fs.poll();
        fs.truncate("a", 12);
        fs.flush.flushAll();
        assertThat(published()).as("H-02").isEqualTo("0123456789-n");
    }

    @Test
    void sparse_setattr_grow_after_shrinking_drift_zero_fills_tail() throws FsException {
        long handle = openBase();
        read(handle);
        fs.close(handle);
        remote("0123456789");
        fs.poll();
        fs.truncate("a", 14);
        fs.flush.flushAll();
        assertThat(published()).as("H-24").isEqualTo("0123456789\0\0\0\0");
    }

    @Test
    void b8_setattr_same_size_is_consistent_noop() throws FsException {
        remote(BASE);
        Instant mtime = fs.walk("a").mtime();
        fs.advance(Duration.ofSeconds(3));
        fs.truncate("a", 26);
        assertThat(fs.walk("a").mtime()).isEqualTo(mtime);
        assertThat(fs.isDirty("a")).isFalse();
        assertNothingDownloaded();
    }

    @Test
    void sparse_write_past_eof_extends() throws FsException {
        long handle = openBase();
        write(handle, 30, "end");
        fs.close(handle);
        SealedEdit edit = sealedEdit();
        assertThat(edit.dirty()).as("H-09").hasToString("{[26,33)}");
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo(BASE + "\0\0\0\0end");
    }

    @Test
    void sparse_write_at_eof_boundary_extends_cleanly() throws FsException {
        long handle = openBase();
        write(handle, 25, "12");
        fs.close(handle);
        assertThat(sealedEdit().dirty()).hasToString("{[25,27)}");
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo(BASE.substring(0, 25) + "12");
    }

    @Test
    void sparse_setattr_shrink_inside_dirty_range_keeps_clipped_writes() throws FsException {
        long handle = openBase();
        write(handle, 8, "123456");
        fs.truncate("a", 11);
        fs.close(handle);
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo("abcdefgh123");
    }

    @Test
    void sparse_zero_length_write_is_a_noop() throws FsException {
        long handle = openBase();
        fs.write(handle, 100, new byte[0]);
        assertThat(fs.walk("a").size()).isEqualTo(26);
        assertThat(fs.isDirty("a")).as("H-16").isFalse();
        fs.close(handle);
    }

    @Test
    void setattr_first_edit_with_empty_hash_does_not_install_sparse() throws FsException {
        fs.hub.put("a", new byte[0]);
        fs.truncate("a", 20);
        flush(UploadRoute.FULL);
        assertThat(published()).as("H-23").isEqualTo("\0".repeat(20));
    }

    @Test
    void fallocate_onAHole_tracksWhatItZeroes() throws FsException {
        long handle = openBase();
        fs.fs.fallocate(0, handle, 3, 4, 2);
        fs.fs.fallocate(0, handle, 16, 24, 4);
        fs.fs.fallocate(0, handle, 1, 0, 100);
        assertThat(read(handle)).isEqualTo("abcd\0\0ghijklmnopqrstuvwx\0\0\0\0");
        fs.fs.fallocate(0, handle, 0, 28, 2);
        assertThat(fs.fs.lseek(0, handle, 3, 3)).as("dense (S8)").isEqualTo(3);
        assertThat(fs.fs.lseek(0, handle, 3, 4)).isEqualTo(30);
        fs.close(handle);
        flush(UploadRoute.FULL);
        assertThat(published()).isEqualTo("abcd\0\0ghijklmnopqrstuvwx\0\0\0\0\0\0");
    }
}
