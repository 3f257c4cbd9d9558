package io.hfmount.agent.fs;

import static io.hfmount.agent.fs.FsHarness.errno;
import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.AttributeChange;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.OpenFlags;
import io.hfmount.hub.HubFile;
import java.io.IOException;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/**
 * Hazards of staging with holes (mount-semantics §10.8, first table) that need a sequence of their own. Names with
 * underscores alone are those of §10.2 and §10.3.
 */
class SparseHazardsTest extends SparseFixture {
    /** Content of a dirty file without an edit state is nobody's base, however large it has become. */
    @Test
    void reopeningAnOverwrittenFile_makesNoBaseOfUnpublishedBytes_H04_H19() throws FsException {
        remote(BASE);
        long first = fs.open("a", OpenFlags.fromLinux(02 | 01000));
        write(first, 0, "longer than the threshold");
        long second = fs.open("a", OpenFlags.READ_WRITE);
        assertThat(fs.inode("a").edit).isNull();
        fs.close(first);
        fs.close(second);
        flush(UploadRoute.FULL);
        assertThat(published()).isEqualTo("longer than the threshold");
    }

    /** A staged file is complete: neither a write nor a change of its size may make a state that knows of no bytes. */
    @Test
    void writeAndTruncationOfAStagedFile_makeNoEditState_H03_H04() throws FsException {
        remote("small");
        long handle = fs.open("a", OpenFlags.READ_WRITE);
        write(handle, 0, "SM");
        assertThat(fs.inode("a").edit).isNull();
        fs.truncate("a", 4);
        assertThat(fs.inode("a").edit).isNull();
        assertThat(read(handle)).isEqualTo("SMal");
        fs.truncate("a", 6);
        assertThat(read(handle)).isEqualTo("SMal\0\0");
        fs.close(handle);
        flush(UploadRoute.FULL);
        assertThat(published()).isEqualTo("SMal\0\0");
    }

    @Test
    void sparse_reopen_after_fast_path_commit_must_not_drop_untracked_writes() throws FsException {
        long first = fs.create("a");
        write(first, 0, "small");
        flush(UploadRoute.FULL);
        write(first, 5, " and then large"); // below the threshold at the commit: nothing tracks this
        long second = fs.open("a", OpenFlags.READ_WRITE);
        write(second, 0, "S");
        fs.close(first);
        fs.close(second);
        flush(UploadRoute.FULL);
        assertThat(published()).as("H-19").isEqualTo("Small and then large");
    }

    @Test
    void readerOfAnOlderRevision_isNotServedFromCompleteStagingOfTheNewOne_H02d_H26() throws FsException {
        remote("older");
        fs.fs.preload();
        long reader = fs.open("a", OpenFlags.READ_ONLY);
        remote("the newr");
        fs.poll();
        fs.close(fs.open("a", OpenFlags.READ_WRITE));
        assertThat(fs.inode("a").stagingIsCurrent).isTrue();
        assertThat(read(reader)).isEqualTo("older");
        fs.close(reader);
    }

    @Test
    void completeStaging_isReadWithoutARequest_H26() throws FsException {
        remote("complete");
        fs.close(fs.open("a", OpenFlags.READ_WRITE));
        fs.hub.calls.clear();
        long reader = fs.open("a", OpenFlags.READ_ONLY);
        assertThat(read(reader)).isEqualTo("complete");
        assertNothingDownloaded();
        fs.close(reader);
    }

    /** A seal keeps the old file alive, so that what is fetched for it can still be written there. */
    @Test
    void whatIsFetchedForAnEarlierEpoch_doesNotCountAsPresentInTheNextOne_H85() throws FsException {
        long writer = openBase();
        write(writer, 30, "x");
        fs.truncate("a", 26);
        long reader = fs.open("a", OpenFlags.READ_ONLY);
        long[] next = new long[1];
        try (SealedFile sealed = fs.flush.publication.seal(fs.walk("a").ino()).orElseThrow()) {
            assertThat(sealed.route()).isEqualTo(UploadRoute.UNCHANGED);
            fs.hub.onCall = call -> {
                if (call.startsWith("READ")) {
                    fs.hub.onCall = later -> {};
                    assertThat(fs.flush.publication.committed(
                                    sealed, sealed.edit().base()))
                            .isTrue();
                    fs.close(writer);
                    next[0] = fs.open("a", OpenFlags.READ_WRITE);
                    assertThat(fs.inode("a").edit.coverage().isEmpty()).isTrue();
                }
            };
            assertThat(read(reader)).isEqualTo(BASE);
        }
        assertThat(read(next[0])).isEqualTo(BASE);
        write(next[0], 0, "X");
        fs.close(reader);
        fs.close(next[0]);
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo("X" + BASE.substring(1));
    }

    /** So many ranges that a publication forgets the coverage: what a fill brings is of the base before. */
    @Test
    void whatIsFetchedOfAnEarlierBase_isNotKept_H02d() throws FsException {
        byte[] expected = new byte[3 * EditState.MOST_KEPT];
        fs.hub.put("a", expected);
        long handle = fs.open("a", OpenFlags.READ_WRITE);
        for (int i = 0; i < expected.length; i += 2) {
            write(handle, i, "x");
            expected[i] = 'x';
        }
        expected[1] = 'Z';
        fs.hub.onCall = call -> {
            if (call.startsWith("READ")) {
                fs.hub.onCall = later -> {};
                write(handle, 1, "Z");
                flush(UploadRoute.RANGE);
                assertThat(fs.inode("a").edit.coverage().isEmpty()).isTrue();
            }
        };
        assertThat(fs.read(handle, 0, 3)).isEqualTo(new byte[] {'x', 0, 'x'});
        assertThat(fs.read(handle, 0, 3)).isEqualTo(bytes("xZx"));
        write(handle, 5, "!");
        expected[5] = '!';
        fs.close(handle);
        flush(UploadRoute.RANGE);
        assertThat(fs.hub.bytes("a")).isEqualTo(expected);
    }

    @Test
    void scatteredReads_keepABoundedListOfRanges_H27() throws FsException {
        byte[] base = new byte[2 * EditState.MOST_KEPT + 100];
        fs.hub.put("a", base);
        long handle = fs.open("a", OpenFlags.READ_WRITE);
        for (int i = 0; i < base.length; i += 2) {
            fs.read(handle, i, 1);
        }
        assertThat(fs.inode("a").edit.coverage().count()).isEqualTo(EditState.MOST_KEPT);
        assertThat(fs.read(handle, 0, base.length)).isEqualTo(base);
        fs.close(handle);
    }

    /** Thousands of ranges over holes stay apart: a gap that was merged would be published as zeros. */
    @Test
    void scatteredWritesOverHoles_arePublishedExactly_H27() throws FsException {
        int writes = 2 * EditState.COALESCE_ABOVE;
        byte[] expected = bytes("0123456789".repeat(writes));
        fs.hub.put("a", expected);
        long handle = fs.open("a", OpenFlags.READ_WRITE);
        for (int i = 0; i < writes; i++) {
            write(handle, i * 10L + 3, "x");
            expected[i * 10 + 3] = 'x';
        }
        assertThat(fs.inode("a").edit.dirty().count()).isEqualTo(writes);
        fs.close(handle);
        flush(UploadRoute.RANGE);
        assertThat(fs.hub.bytes("a")).isEqualTo(expected);
    }

    /** The disk takes a part of the last write: what is there is what counts. */
    @Test
    void writeThatTheDiskTakesOnlyAPartOf_countsThatPart_H11() throws FsException, IOException {
        long limit = 1 << 20;
        fs.hub.put("a", new byte[(int) limit - 4]);
        long handle = fs.open("a", OpenFlags.READ_WRITE);
        long created = fs.create("new");
        write(created, 0, "012345");
        try (FileSizeLimit _ = FileSizeLimit.of(limit)) {
            assertThat(fs.tryWrite(handle, limit - 6, bytes("0123456789"))).isEqualTo(6);
            assertThat(errno(() -> fs.tryWrite(handle, limit, bytes("more")))).isNotNull();
        }
        assertThat(fs.walk("a").size()).isEqualTo(limit);
        assertThat(fs.inode("a").edit.dirty()).hasToString("{[" + (limit - 6) + "," + limit + ")}");
        assertThat(fs.read(handle, limit - 8, 100)).isEqualTo(bytes("\0\000012345"));
        try (FileSizeLimit _ = FileSizeLimit.of(8)) {
            assertThat(fs.tryWrite(created, 6, bytes("67890"))).isEqualTo(2);
        }
        assertThat(read(created)).isEqualTo("01234567");
        fs.close(handle);
        fs.close(created);
        fs.flush.flushAll();
        assertThat(fs.hub.bytes("new")).isEqualTo(bytes("01234567"));
        assertThat(fs.hub.bytes("a")).hasSize((int) limit).endsWith(bytes("\0\000012345"));
    }

    @Test
    void setattr_truncate_after_non_xet_rotation_fails_cleanly_not_panic() throws FsException {
        long handle = openBase();
        fs.close(handle);
        fs.hub.files.put("a", new HubFile("a", 30, null, Instant.EPOCH));
        fs.poll();
        var change = new AttributeChange(12L, 0600, null, null, null, null);
        assertThat(errno(() -> fs.fs.setattr(fs.walk("a").ino(), change))).isEqualTo(Errno.EOPNOTSUPP);
        assertThat(fs.walk("a").size()).as("H-21").isEqualTo(30);
        assertThat(fs.walk("a").permissions()).isEqualTo(0644);
        assertThat(fs.isDirty("a")).isFalse();
        assertThat(fs.area.bytes()).isZero();
        Inode inode = fs.inode("a");
        assertThat(inode.io.isWriteLocked() || inode.staging.isLocked()).isFalse();
        remote(BASE);
        fs.poll();
        fs.truncate("a", 12);
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo(BASE.substring(0, 12));
    }

    /** Content outside Xet storage is refused here, where the reference cut it to zeros. */
    @Test
    void b1_setattr_shrink_on_non_xet_file_loses_original_content() throws FsException {
        fs.hub.files.put("a", new HubFile("a", 30, null, Instant.EPOCH));
        assertThat(errno(() -> fs.truncate("a", 12))).isEqualTo(Errno.EOPNOTSUPP);
        fs.flush.flushAll();
        assertThat(fs.flush.routes).as("H-10").isEmpty();
        assertThat(fs.hub.files.get("a").size()).isEqualTo(30);
    }

    @Test
    void c2_update_remote_file_leaves_sparse_write_stale_vs_xet_hash() throws FsException {
        long handle = openBase();
        write(handle, 0, "X");
        fs.close(handle);
        flush(UploadRoute.RANGE);
        remote("0123456789-newer");
        fs.poll();
        assertThat(fs.inode("a").edit).as("H-02").isNull();
        assertThat(fs.inode("a").contentHash).isEqualTo(MemoryHub.hash(bytes("0123456789-newer")));
    }

    /** A size change freezes the base only while it runs. */
    @Test
    void truncationOfACleanFile_leavesNoFreezeBehind() throws FsException {
        remote(BASE);
        fs.fs.preload();
        fs.truncate("a", 20);
        flush(UploadRoute.RANGE);
        assertThat(fs.inode("a").writeHandles).hasValue(0);
        assertThat(fs.inode("a").edit).isNull();
        remote("0123456789-newer");
        fs.poll();
        assertThat(fs.cat("a")).isEqualTo(bytes("0123456789-newer"));
    }
}
