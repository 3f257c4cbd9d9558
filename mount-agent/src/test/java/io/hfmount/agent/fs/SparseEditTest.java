package io.hfmount.agent.fs;

import static io.hfmount.agent.fs.FsHarness.errno;
import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.AttributeChange;
import io.hfmount.agent.vfs.Caller;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.OpenFlags;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.agent.vfs.WouldBlockException;
import io.hfmount.hub.HubFile;
import io.hfmount.model.ContentHash;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

/**
 * Sparse editing on the level of the file system. Names with underscores alone are those of mount-semantics §10.2 and
 * §10.3.
 */
class SparseEditTest extends SparseFixture {
    @Test
    void sparse_open_for_write_no_download() throws FsException, IOException {
        long handle = openBase();
        assertNothingDownloaded();
        assertThat(fs.isDirty("a")).isFalse();
        assertThat(fs.area.bytes()).as("a hole takes no room").isZero();
        assertThat(stagingFiles("*"))
                .singleElement()
                .satisfies(f -> assertThat(f).hasBinaryContent(new byte[26]));
        fs.close(handle);
    }

    @Test
    void sparse_read_unwritten_returns_cas() throws FsException {
        long handle = openBase();
        assertThat(read(handle)).isEqualTo(BASE);
        assertThat(read(handle, 20, 100)).as("never short, never past the end").isEqualTo("uvwxyz");
        assertThat(read(handle, 26, 5)).isEmpty();
        fs.close(handle);
    }

    @Test
    void sparse_read_dirty_and_hole() throws FsException {
        long handle = openBase();
        write(handle, 5, "XY");
        assertThat(read(handle, 3, 6)).isEqualTo("deXYhi");
        fs.close(handle);
    }

    @Test
    void sparse_append_then_read() throws FsException {
        long handle = openBase();
        write(handle, 26, "123");
        assertThat(read(handle)).isEqualTo(BASE + "123");
        fs.close(handle);
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo(BASE + "123");
    }

    @Test
    void sparse_write_at_zero_then_read() throws FsException {
        long handle = openBase();
        write(handle, 0, "ABC");
        assertThat(read(handle)).isEqualTo("ABC" + BASE.substring(3));
        fs.close(handle);
    }

    @Test
    void sparse_multiple_writes_then_read() throws FsException {
        long handle = openBase();
        write(handle, 2, "1");
        write(handle, 20, "2");
        assertThat(read(handle)).isEqualTo("ab1defghijklmnopqrst2vwxyz");
        fs.close(handle);
        assertThat(calls("GET")).isEmpty();
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo("ab1defghijklmnopqrst2vwxyz");
    }

    @Test
    void sparse_open_with_truncate_clears_state() throws FsException {
        long handle = openBase();
        write(handle, 5, "X");
        long truncating = fs.open("a", OpenFlags.fromLinux(01 | 01000));
        assertThat(fs.walk("a").size()).isZero();
        assertThat(fs.isDirty("a")).isTrue();
        write(handle, 0, "new");
        fs.close(handle);
        fs.close(truncating);
        assertNothingDownloaded();
        flush(UploadRoute.FULL);
        assertThat(published()).isEqualTo("new");
    }

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
    void sparse_open_retries_on_inode_drift_mid_open() throws Exception {
        remote(BASE);
        fs.fs.preload();
        long ino = fs.walk("a").ino();
        long first = fs.open("a", OpenFlags.READ_WRITE);
        fs.close(first);
        remote("0123456789-newer");
        fs.poll();
        long handle = fs.fs.open(ino, OpenFlags.READ_WRITE, Caller.SELF).handle();
        assertThat(read(handle))
                .as("keyed to the new hash and size (H-02, H-05)")
                .isEqualTo("0123456789-newer");
        write(handle, 0, "X");
        fs.close(handle);
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo("X123456789-newer");
    }

    @Test
    void sparse_open_no_writes_no_op_flush() throws FsException {
        long handle = openBase();
        Instant mtime = fs.walk("a").mtime();
        fs.advance(Duration.ofSeconds(5));
        fs.hub.calls.clear();
        fs.close(handle);
        fs.flush.flushAll();
        assertThat(fs.hub.calls).isEmpty();
        assertThat(fs.flush.routes).isEmpty();
        assertThat(fs.isDirty("a")).isFalse();
        assertThat(fs.walk("a").mtime()).isEqualTo(mtime);
    }

    @Test
    void changeThatIsTakenBack_makesNoRequestAndKeepsHashAndTime() throws FsException {
        long handle = openBase();
        Instant before = publishedMtime();
        write(handle, 30, "x");
        fs.truncate("a", 26);
        fs.advance(Duration.ofSeconds(5));
        Instant mtime = fs.walk("a").mtime();
        fs.hub.calls.clear();
        flush(UploadRoute.UNCHANGED);
        assertThat(calls("BATCH")).isEmpty();
        assertThat(publishedMtime()).isEqualTo(before);
        assertThat(fs.walk("a").mtime()).isEqualTo(mtime);
        assertThat(fs.isDirty("a")).isFalse();
        assertThat(read(handle)).isEqualTo(BASE);
        fs.close(handle);
    }

    @Test
    void sparse_post_flush_read_returns_cas_bytes_not_zeros() throws FsException {
        long handle = openBase();
        write(handle, 5, "X");
        flush(UploadRoute.RANGE);
        assertThat(fs.isDirty("a")).isFalse();
        assertThat(read(handle)).as("H-02b").isEqualTo("abcdeXghijklmnopqrstuvwxyz");
        write(handle, 0, "Y");
        fs.close(handle);
        fs.hub.knowsBases = false;
        flush(UploadRoute.FULL);
        assertThat(published()).isEqualTo("YbcdeXghijklmnopqrstuvwxyz");
        assertThat(new String(fs.cat("a"), StandardCharsets.UTF_8)).isEqualTo("YbcdeXghijklmnopqrstuvwxyz");
    }

    @Test
    void secondEditOfAnOpenFile_isComposedOnTheFirst() throws FsException {
        long handle = openBase();
        write(handle, 5, "X");
        flush(UploadRoute.RANGE);
        write(handle, 27, "Z");
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo("abcdeXghijklmnopqrstuvwxyz\0Z");
        fs.close(handle);
        assertThat(fs.area.bytes())
                .as("what has holes goes with its last writer (H-01b)")
                .isZero();
        long next = fs.open("a", OpenFlags.READ_WRITE);
        assertThat(read(next)).isEqualTo("abcdeXghijklmnopqrstuvwxyz\0Z");
        fs.close(next);
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
    void repro_fill_sparse_holes_panics_on_short_cas_stream() throws FsException {
        long handle = openBase();
        fs.hub.shortReads.add(3);
        assertThat(errno(() -> read(handle))).isEqualTo(Errno.EIO);
        assertThat(read(handle))
                .as("nothing of the short answer was kept (H-08d)")
                .isEqualTo(BASE);
        fs.close(handle);
    }

    @Test
    void failedFill_isAnErrorAndNeverZeros() throws FsException {
        long handle = openBase();
        write(handle, 0, "X");
        fs.hub.onCall = call -> {
            if (call.startsWith("READ")) {
                throw new FsException(Errno.EIO, "storage is away");
            }
        };
        assertThat(errno(() -> read(handle))).isEqualTo(Errno.EIO);
        assertThat(read(handle, 0, 1)).as("what is here can be read").isEqualTo("X");
        fs.hub.onCall = call -> {};
        assertThat(read(handle)).isEqualTo("X" + BASE.substring(1));
        fs.close(handle);
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
    void empty_cas_file_reused_handle_writes_preserve_both_writes() throws FsException {
        fs.hub.put("a", new byte[0]);
        long handle = fs.open("a", OpenFlags.READ_WRITE);
        write(handle, 0, "one");
        flush(UploadRoute.FULL);
        write(handle, 3, "two");
        fs.close(handle);
        flush(UploadRoute.FULL);
        assertThat(published()).isEqualTo("onetwo");
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
    void poll_rotation_refused_while_write_handle_open() throws FsException {
        long handle = openBase();
        assertThat(read(handle, 0, 5)).isEqualTo("abcde");
        remote("0123456789-newer");
        fs.poll();
        assertThat(read(handle)).as("a clean writer keeps its base (H-02c)").isEqualTo(BASE);
        write(handle, 0, "X");
        fs.poll();
        assertThat(read(handle)).isEqualTo("X" + BASE.substring(1));
        fs.close(handle);
    }

    @Test
    void b6_open_readonly_handle_freezes_update_remote_file() throws FsException {
        remote(BASE);
        fs.fs.preload();
        long reader = fs.open("a", OpenFlags.READ_ONLY);
        remote("0123456789-newer");
        fs.poll();
        assertThat(fs.walk("a").size()).as("H-42c").isEqualTo(16);
        assertThat(read(reader)).isEqualTo(BASE);
        fs.close(reader);
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
    void sparse_read_caches_into_staging() throws FsException {
        long handle = openBase();
        assertThat(read(handle, 4, 6)).isEqualTo("efghij");
        assertThat(calls("READ")).containsExactly("READ 4+6");
        assertThat(read(handle, 4, 6)).isEqualTo("efghij");
        assertThat(read(handle, 5, 2)).isEqualTo("fg");
        assertThat(calls("READ")).hasSize(1);
        assertThat(fs.area.bytes()).isEqualTo(6);
        assertThat(read(handle, 2, 10)).isEqualTo("cdefghijkl");
        assertThat(calls("READ")).containsExactly("READ 4+6", "READ 2+2", "READ 10+2");
        fs.close(handle);
    }

    @Test
    void sparse_read_uncached_region_hits_cas() throws FsException {
        long handle = openBase();
        read(handle, 0, 4);
        read(handle, 10, 4);
        assertThat(calls("READ")).containsExactly("READ 0+4", "READ 10+4");
        fs.close(handle);
    }

    @Test
    void fileThatWasReadAsAWhole_isKeptAndTrusted_H01() throws FsException {
        long handle = openBase();
        read(handle);
        fs.close(handle);
        fs.hub.calls.clear();
        long next = fs.open("a", OpenFlags.READ_WRITE);
        assertThat(read(next)).isEqualTo(BASE);
        assertNothingDownloaded();
        write(next, 0, "X");
        fs.close(next);
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo("X" + BASE.substring(1));
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
    void sparse_readonly_handle_on_dirty_file_caches_holes() throws FsException {
        long writer = openBase();
        write(writer, 0, "X");
        long reader = fs.open("a", OpenFlags.READ_ONLY);
        assertThat(read(reader)).isEqualTo("X" + BASE.substring(1));
        assertThat(read(reader)).isEqualTo("X" + BASE.substring(1));
        assertThat(calls("READ")).as("H-25").containsExactly("READ 1+25");
        fs.close(writer);
        flush(UploadRoute.RANGE);
        assertThat(read(reader)).isEqualTo("X" + BASE.substring(1));
        fs.close(reader);
    }

    @Test
    void sparse_reopen_dirty_preserves_state() throws FsException {
        long first = openBase();
        write(first, 0, "X");
        fs.close(first);
        long second = fs.open("a", OpenFlags.READ_WRITE);
        write(second, 25, "Y");
        fs.close(second);
        assertNothingDownloaded();
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo("X" + BASE.substring(1, 25) + "Y");
    }

    @Test
    void readerFromBeforeTheEdit_seesIt_H86() throws FsException {
        remote(BASE);
        long reader = fs.open("a", OpenFlags.READ_ONLY);
        assertThat(read(reader)).isEqualTo(BASE);
        long writer = fs.open("a", OpenFlags.READ_WRITE);
        assertThat(read(reader)).isEqualTo(BASE);
        write(writer, 3, "new");
        assertThat(read(reader)).isEqualTo("abcnewghijklmnopqrstuvwxyz");
        fs.close(writer);
        flush(UploadRoute.RANGE);
        assertThat(read(reader)).isEqualTo("abcnewghijklmnopqrstuvwxyz");
        fs.close(reader);
    }

    @Test
    void sparse_otrunc_then_write_then_reopen_keeps_user_data() throws FsException {
        remote(BASE);
        long handle = fs.open("a", OpenFlags.fromLinux(01 | 01000));
        write(handle, 0, "mine");
        fs.close(handle);
        long again = fs.open("a", OpenFlags.READ_WRITE);
        assertThat(read(again)).isEqualTo("mine");
        fs.close(again);
        flush(UploadRoute.FULL);
        assertThat(published()).isEqualTo("mine");
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
    void sparse_state_dropped_at_last_clean_close() throws FsException {
        long first = openBase();
        long second = fs.open("a", OpenFlags.READ_WRITE);
        assertThat(read(first, 0, 4)).isEqualTo("abcd");
        fs.close(first);
        assertThat(fs.area.bytes()).as("somebody still writes").isEqualTo(4);
        fs.close(second);
        assertThat(fs.area.bytes()).isZero();
        remote("0123456789-newer");
        fs.poll();
        assertThat(new String(fs.cat("a"), StandardCharsets.UTF_8)).isEqualTo("0123456789-newer");
    }

    @Test
    void setattr_first_edit_with_empty_hash_does_not_install_sparse() throws FsException {
        fs.hub.put("a", new byte[0]);
        fs.truncate("a", 20);
        flush(UploadRoute.FULL);
        assertThat(published()).as("H-23").isEqualTo("\0".repeat(20));
    }

    @Test
    void smallFiles_areDownloadedAtOpen() throws FsException {
        remote("123456789");
        long handle = fs.open("a", OpenFlags.READ_WRITE);
        assertThat(calls("GET")).hasSize(1);
        write(handle, 0, "X");
        fs.close(handle);
        flush(UploadRoute.FULL);
        assertThat(published()).isEqualTo("X23456789");
    }

    @Test
    void fillThatAWriterOvertakes_doesNotOverwriteHim_H12b() throws FsException {
        long handle = openBase();
        fs.hub.onCall = call -> {
            if (call.startsWith("READ")) {
                fs.hub.onCall = later -> {};
                write(handle, 5, "USER");
            }
        };
        read(handle);
        assertThat(read(handle)).isEqualTo("abcdeUSERjklmnopqrstuvwxyz");
        fs.close(handle);
        fs.flush.flushAll();
        assertThat(published()).isEqualTo("abcdeUSERjklmnopqrstuvwxyz");
    }

    @Test
    void fillThatATruncationOvertakes_doesNotBringTheTailBack_H12c() throws FsException {
        long handle = openBase();
        fs.hub.onCall = call -> {
            if (call.startsWith("READ")) {
                fs.hub.onCall = later -> {};
                fs.truncate("a", 12);
            }
        };
        read(handle);
        assertThat(fs.walk("a").size()).isEqualTo(12);
        fs.truncate("a", 20);
        assertThat(read(handle)).isEqualTo("abcdefghijkl" + "\0".repeat(8));
        fs.close(handle);
        fs.flush.flushAll();
        assertThat(published()).isEqualTo("abcdefghijkl" + "\0".repeat(8));
    }

    @Test
    void fillThatAnOverwriteOvertakes_leavesTheNewEpochAlone_H85() throws FsException {
        long handle = openBase();
        fs.hub.onCall = call -> {
            if (call.startsWith("READ")) {
                fs.hub.onCall = later -> {};
                fs.overwrite("a", bytes("the new content"));
            }
        };
        read(handle);
        assertThat(read(handle)).isEqualTo("the new content");
        write(handle, 4, "NEW");
        fs.close(handle);
        flush(UploadRoute.FULL);
        assertThat(published()).isEqualTo("the NEW content");
    }

    @Test
    void commitDuringAFill_doesNotMixTheBases() throws FsException {
        long handle = openBase();
        write(handle, 0, "X");
        fs.hub.onCall = call -> {
            if (call.startsWith("READ")) {
                fs.hub.onCall = later -> {};
                fs.flush.flushAll();
                write(handle, 25, "Z");
                fs.flush.flushAll();
            }
        };
        assertThat(read(handle)).startsWith("X" + BASE.substring(1, 25));
        assertThat(read(handle)).isEqualTo("X" + BASE.substring(1, 25) + "Z");
        fs.close(handle);
        assertThat(published()).isEqualTo("X" + BASE.substring(1, 25) + "Z");
    }

    @Test
    void readThatMayNotWait_isPutOffAtAHole() throws FsException {
        long handle = openBase();
        write(handle, 0, "XYZ");
        try (Arena arena = Arena.ofConfined()) {
            Assertions.assertThatThrownBy(() -> fs.fs.read(0, handle, 0, arena.allocate(10), Wait.NEVER))
                    .isInstanceOf(WouldBlockException.class);
            assertThat(fs.fs.read(0, handle, 0, arena.allocate(3), Wait.NEVER)).isEqualTo(3);
        }
        fs.close(handle);
    }

    @Test
    void writeDuringTheUpload_isNotInItAndGoesNext_H07() throws FsException {
        long handle = openBase();
        write(handle, 5, "one");
        fs.flush.beforeCommit = () -> {
            try {
                write(handle, 5, "two");
                write(handle, 20, "!");
            } catch (FsException e) {
                throw new AssertionError(e);
            }
        };
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo("abcdeoneijklmnopqrstuvwxyz");
        assertThat(fs.isDirty("a")).as("H-06").isTrue();
        fs.flush.beforeCommit = () -> {};
        assertThat(sealedEdit().base())
                .as("the base stays while the generation moved (H-58)")
                .isEqualTo(MemoryHub.hash(bytes(BASE)));
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo("abcdetwoijklmnopqrst!vwxyz");
        fs.close(handle);
    }

    @Test
    void changesWhileSealed_reachNeitherTheEditsNorTheLocalBase_H07() throws FsException, IOException {
        byte[] base = new byte[300_000];
        new SplittableRandom(3).nextBytes(base);
        fs.hub.put("a", base);
        long handle = fs.open("a", OpenFlags.READ_WRITE);
        fs.read(handle, 0, 100_000);
        write(handle, 150_000, "one");
        byte[] expected = base.clone();
        System.arraycopy(bytes("one"), 0, expected, 150_000, 3);
        try (SealedFile sealed = fs.flush.publication.seal(fs.walk("a").ino()).orElseThrow()) {
            write(handle, 150_001, "two");
            write(handle, 50_000, "two");
            fs.truncate("a", 60_000);
            assertThat(fs.hub.compose(sealed)).isEqualTo(expected);
            assertThat(sealed.size()).as("H-28").isEqualTo(300_000);
            assertThat(sealed.isWhole()).isFalse();
            Assertions.assertThatThrownBy(() -> ManualFlush.read(sealed, 120_000, 10))
                    .as("a hole cannot even be read (E5)")
                    .isInstanceOf(IOException.class);
        }
        fs.close(handle);
        fs.flush.flushAll();
        byte[] next = Arrays.copyOf(base, 60_000);
        System.arraycopy(bytes("two"), 0, next, 50_000, 3);
        assertThat(fs.hub.bytes("a")).isEqualTo(next);
    }

    @Test
    void truncationOfAHugeSealedFile_keepsOnlyWhatWasWritten() throws FsException, IOException {
        try (HugeBase huge = new HugeBase(1L << 36)) {
            FsHarness big = huge.harness;
            long handle = big.open("big", OpenFlags.READ_WRITE);
            big.write(handle, 1_000_000, bytes("edit"));
            try (SealedFile sealed =
                    big.flush.publication.seal(big.walk("big").ino()).orElseThrow()) {
                big.truncate("big", 10);
                assertThat(sealed.broken()).isFalse();
                assertThat(ManualFlush.read(sealed, 1_000_000, 4)).isEqualTo(bytes("edit"));
                assertThat(sealed.edit().changes()).hasSize(1);
            }
            big.close(handle);
        }
    }

    /** A published file that is far larger than any disk here. */
    private static final class HugeBase implements AutoCloseable {
        final FsHarness harness = new FsHarness(FsSettings.defaults(0, 0).withSparseMinSize(0));

        HugeBase(long size) {
            harness.hub.files.put("big", new HubFile("big", size, new ContentHash(9, 9, 9, 9), Instant.EPOCH));
        }

        @Override
        public void close() {
            harness.close();
        }
    }

    @Test
    void oneByteOfAHugeFile_opensAndSealsWithoutADownload() throws FsException {
        try (HugeBase huge = new HugeBase(1L << 40)) {
            FsHarness big = huge.harness;
            long handle = big.open("big", OpenFlags.READ_WRITE);
            big.write(handle, 1L << 39, bytes("X"));
            assertThat(big.area.bytes()).isEqualTo(1);
            try (SealedFile sealed =
                    big.flush.publication.seal(big.walk("big").ino()).orElseThrow()) {
                assertThat(sealed.route()).isEqualTo(UploadRoute.RANGE);
                assertThat(sealed.edit().newBytes()).isEqualTo(1);
                assertThat(sealed.size()).isEqualTo(1L << 40);
            }
            assertThat(big.hub.calls).noneMatch(c -> c.startsWith("GET") || c.startsWith("READ"));
            big.close(handle);
        }
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

    @Test
    void renamedEdit_isComposedOnItsBase_H57() throws FsException {
        long handle = openBase();
        write(handle, 0, "X");
        fs.rename("a", "b");
        fs.close(handle);
        flush(UploadRoute.RANGE);
        assertThat(fs.hub.bytes("b")).isEqualTo(bytes("X" + BASE.substring(1)));
        assertThat(fs.hub.files).doesNotContainKey("a");
    }

    @Test
    void unlinkedEdit_staysReadableAndIsNotPublished() throws FsException {
        long handle = openBase();
        write(handle, 0, "X");
        fs.unlink("a");
        assertThat(read(handle)).isEqualTo("X" + BASE.substring(1));
        fs.close(handle);
        fs.flush.flushAll();
        assertThat(fs.hub.files).isEmpty();
        assertThat(fs.area.bytes()).isZero();
    }

    @Test
    void vanishedBase_losesNothingThatWasWritten() throws FsException {
        long handle = openBase();
        write(handle, 0, "mine");
        byte[] base = fs.hub.content.remove(MemoryHub.hash(bytes(BASE)));
        flush(UploadRoute.RANGE);
        assertThat(fs.isDirty("a")).isTrue();
        assertThat(errno(() -> fs.fs.flush(0, handle, Caller.SELF))).isEqualTo(Errno.EIO);
        assertThat(read(handle, 0, 4)).isEqualTo("mine");
        assertThat(errno(() -> read(handle, 0, 10))).as("never zeros").isEqualTo(Errno.EIO);
        fs.hub.content.put(MemoryHub.hash(base), base);
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo("mine" + BASE.substring(4));
        fs.close(handle);
    }

    @Test
    void vanishedStaging_isReportedOnceAndTheBaseReturns_H29() throws FsException, IOException {
        long handle = openBase();
        write(handle, 0, "X");
        for (Path file : stagingFiles("*")) {
            Files.delete(file);
        }
        fs.flush.flushAll();
        assertThat(fs.isDirty("a")).isFalse();
        assertThat(errno(() -> fs.fs.flush(0, handle, Caller.SELF))).isEqualTo(Errno.EIO);
        fs.fs.release(0, handle);
        assertThat(new String(fs.cat("a"), StandardCharsets.UTF_8)).isEqualTo(BASE);
    }

    @Test
    void refusedPublication_leavesTheEditAsItWas() throws FsException {
        long handle = openBase();
        write(handle, 0, "X");
        fs.hub.faults.add(MemoryHub.Fault.REFUSED);
        fs.flush.flushAll();
        assertThat(fs.isDirty("a")).isTrue();
        assertThat(read(handle)).isEqualTo("X" + BASE.substring(1));
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo("X" + BASE.substring(1));
        assertThat(errno(() -> fs.close(handle))).isNull();
    }

    @Test
    void unpublishedEdit_isListedWithItsBase() throws FsException, IOException {
        long handle = openBase();
        write(handle, 2, "XX");
        fs.fs.release(0, handle);
        fs.fs.abandon();
        assertThat(stagingFiles("*.tsv"))
                .singleElement()
                .satisfies(list -> assertThat(Files.readString(list))
                        .contains("\t26\ta\tbase " + MemoryHub.hash(bytes(BASE)).text()
                                + " of 26 bytes, written {[2,4)}"));
    }

    @Test
    void routes_followTheTable() {
        ContentHash base = new ContentHash(1, 2, 3, 4);
        EditState empty = EditState.empty(base, 100);
        EditState full = EditState.full(base, 100);
        assertThat(UploadRoute.of(null, 100, true)).isEqualTo(UploadRoute.FULL);
        assertThat(UploadRoute.of(empty, 100, false)).isEqualTo(UploadRoute.UNCHANGED);
        assertThat(UploadRoute.of(full, 100, false)).isEqualTo(UploadRoute.UNCHANGED);
        assertThat(UploadRoute.of(full.trackWrite(0, 25, 100), 100, true)).isEqualTo(UploadRoute.RANGE);
        assertThat(UploadRoute.of(full.trackWrite(0, 26, 100), 100, true)).isEqualTo(UploadRoute.FULL);
        assertThat(UploadRoute.of(full.trackWrite(0, 1, 100), 100, false)).isEqualTo(UploadRoute.FULL);
        assertThat(UploadRoute.of(empty.trackWrite(0, 99, 100), 100, false)).isEqualTo(UploadRoute.RANGE);
        assertThat(UploadRoute.of(empty.resize(100, 50), 50, false)).isEqualTo(UploadRoute.RANGE);
    }
}
