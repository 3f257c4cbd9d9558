package io.hfmount.agent.fs;

import static io.hfmount.agent.fs.FsHarness.errno;
import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.AttributeChange;
import io.hfmount.agent.vfs.Attributes;
import io.hfmount.agent.vfs.Caller;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.OpenFlags;
import io.hfmount.hub.HubFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Hazards of editing and staging (mount-semantics §10.8, first table), in staged mode. */
class EditHazardsTest {
    private final FsHarness fs = new FsHarness();

    @AfterEach
    void close() {
        fs.close();
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void remote(String path, String text) {
        fs.hub.put(path, bytes(text));
    }

    private String read(long handle) throws FsException {
        return new String(fs.read(handle, 0, 100), StandardCharsets.UTF_8);
    }

    private String cat(String path) throws FsException {
        return new String(fs.cat(path), StandardCharsets.UTF_8);
    }

    private String published(String path) {
        byte[] bytes = fs.hub.files.get(path).hash().isZero() ? new byte[0] : fs.hub.bytes(path);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    void remoteUpdateWhileTheBaseIsDownloaded_isTakenInstead_H05_H18() throws FsException {
        remote("a", "old content");
        fs.fs.preload();
        fs.walk("a");
        AtomicInteger gets = new AtomicInteger();
        fs.hub.onCall = call -> {
            if (call.startsWith("GET") && gets.incrementAndGet() == 1) {
                remote("a", "new");
                fs.poll();
            }
        };
        long handle = fs.open("a", OpenFlags.READ_WRITE);
        assertThat(read(handle)).isEqualTo("new");
        fs.write(handle, 0, bytes("N"));
        fs.close(handle);
        fs.flush.flushAll();
        assertThat(published("a")).isEqualTo("New");
        assertThat(gets).hasValue(2);
    }

    @Test
    void baseThatKeepsChanging_isEioAndLeavesNoStaging_H05() throws FsException {
        remote("a", "0");
        fs.fs.preload();
        fs.walk("a");
        AtomicInteger gets = new AtomicInteger();
        fs.hub.onCall = call -> {
            if (call.startsWith("GET")) {
                remote("a", "version " + gets.incrementAndGet());
                fs.poll();
            }
        };
        assertThat(errno(() -> fs.open("a", OpenFlags.READ_WRITE))).isEqualTo(Errno.EIO);
        assertThat(gets).hasValue(4);
        assertThat(fs.isDirty("a")).isFalse();
        assertThat(fs.fs.counters().openFiles()).isZero();
        assertThat(fs.area.bytes()).isZero();
    }

    @Test
    void diskOrNetworkErrorAtOpen_isReportedAtOnceAndChangesNothing_H22() throws FsException {
        remote("a", "base");
        fs.walk("a");
        AtomicInteger gets = new AtomicInteger();
        fs.hub.onCall = call -> {
            if (call.startsWith("GET")) {
                gets.incrementAndGet();
                throw new FsException(Errno.ENOSPC, "full");
            }
        };
        assertThat(errno(() -> fs.open("a", OpenFlags.READ_WRITE))).isEqualTo(Errno.ENOSPC);
        assertThat(errno(() -> fs.truncate("a", 2))).isEqualTo(Errno.ENOSPC);
        assertThat(gets).hasValue(2);
        assertThat(fs.area.bytes()).isZero();
        assertThat(fs.isDirty("a")).isFalse();
        assertThat(cat("a")).isEqualTo("base");
    }

    @Test
    void writeDuringFlush_leavesTimesAndDirtinessAlone_H06() throws FsException {
        long handle = fs.create("a");
        fs.write(handle, 0, bytes("one"));
        fs.flush.beforeCommit = () -> {
            fs.advance(Duration.ofSeconds(3));
            write(handle, "two");
        };
        fs.flush.flushAll();
        Instant written = fs.now;
        fs.advance(Duration.ofSeconds(5));
        assertThat(published("a")).isEqualTo("one");
        assertThat(fs.isDirty("a")).isTrue();
        assertThat(fs.walk("a").mtime()).isEqualTo(written);
        assertThat(read(handle)).isEqualTo("two");
        fs.flush.beforeCommit = () -> {};
        fs.flush.flushAll();
        assertThat(published("a")).isEqualTo("two");
        assertThat(fs.walk("a").mtime()).isEqualTo(written);
    }

    private void write(long handle, String text) {
        try {
            fs.write(handle, 0, bytes(text));
        } catch (FsException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void changesWhileSealed_doNotReachTheUpload_H07_H12() throws FsException, IOException {
        long handle = fs.create("a");
        fs.write(handle, 0, bytes("0123456789"));
        try (SealedFile sealed = fs.flush.publication.seal(fs.walk("a").ino()).orElseThrow()) {
            fs.write(handle, 2, bytes("XX"));
            fs.truncate("a", 4);
            fs.write(handle, 20, bytes("tail"));
            assertThat(new String(ManualFlush.readAll(sealed), StandardCharsets.UTF_8))
                    .isEqualTo("0123456789");
            assertThat(sealed.size()).as("never the live size (H-28)").isEqualTo(10);
        }
        assertThat(fs.walk("a").size()).isEqualTo(24);
        assertThat(fs.read(handle, 0, 100)).isEqualTo(bytes("01XX" + "\0".repeat(16) + "tail"));
        fs.close(handle);
    }

    @Test
    void resizingACleanFile_downloadsItFirst_H10() throws FsException {
        remote("a", "0123456789");
        remote("b", "0123456789");
        fs.truncate("a", 4);
        fs.truncate("b", 12);
        fs.flush.flushAll();
        assertThat(published("a")).isEqualTo("0123");
        assertThat(published("b")).isEqualTo("0123456789\0\0");
        assertThat(fs.flush.signalled).as("nobody closes a handle here").hasSize(2);
    }

    @Test
    void writeAfterAShrink_startsFromWhatIsThere_H11() throws FsException {
        long handle = fs.create("a");
        fs.write(handle, 0, bytes("0123456789"));
        fs.truncate("a", 0);
        fs.write(handle, 3, bytes("xy"));
        fs.close(handle);
        fs.flush.flushAll();
        assertThat(published("a")).isEqualTo("\0\0\0xy");
    }

    @Test
    void unchangedSize_stillAppliesTheOtherAttributes_H13() throws FsException {
        remote("a", "0123");
        Attributes before = fs.walk("a");
        fs.advance(Duration.ofSeconds(3));
        Instant atime = Instant.parse("2020-01-01T00:00:00Z");
        Attributes after = fs.fs.setattr(before.ino(), new AttributeChange(4L, 0600, 7, 8, atime, null));
        assertThat(after.permissions()).isEqualTo(0600);
        assertThat(after.uid()).isEqualTo(7);
        assertThat(after.gid()).isEqualTo(8);
        assertThat(after.atime()).isEqualTo(atime);
        assertThat(after.mtime()).isEqualTo(before.mtime());
        assertThat(fs.isDirty("a")).isFalse();
        assertThat(fs.flush.signalled).isEmpty();
        assertThat(fs.hub.calls).noneMatch(c -> c.startsWith("GET"));
    }

    @Test
    void emptyWrite_changesNothing_H16() throws FsException {
        remote("a", "0123");
        long handle = fs.open("a", OpenFlags.READ_WRITE);
        fs.write(handle, 1000, new byte[0]);
        assertThat(fs.walk("a").size()).isEqualTo(4);
        assertThat(fs.isDirty("a")).isFalse();
        fs.close(handle);
    }

    @Test
    void secondWriter_keepsTheFirstOnesBytes_H19() throws FsException {
        remote("a", "base");
        long first = fs.open("a", OpenFlags.READ_WRITE);
        fs.write(first, 0, bytes("XX"));
        long second = fs.open("a", OpenFlags.READ_WRITE);
        assertThat(read(second)).isEqualTo("XXse");
        assertThat(fs.hub.calls.stream().filter(c -> c.startsWith("GET"))).hasSize(1);
        fs.close(first);
        fs.close(second);
    }

    @Test
    void stagingOfAnOlderRevision_isNotContent_H20() throws FsException {
        remote("a", "old");
        fs.fs.preload();
        fs.close(fs.open("a", OpenFlags.READ_WRITE));
        remote("a", "newer");
        fs.poll();
        long handle = fs.open("a", OpenFlags.READ_WRITE);
        assertThat(read(handle)).isEqualTo("newer");
        fs.write(handle, 5, bytes("!"));
        fs.close(handle);
        fs.flush.flushAll();
        assertThat(published("a")).isEqualTo("newer!");
    }

    @Test
    void trustedStaging_isReusedWithoutADownload_H20() throws FsException {
        remote("a", "base");
        fs.close(fs.open("a", OpenFlags.READ_WRITE));
        fs.close(fs.open("a", OpenFlags.READ_WRITE));
        assertThat(fs.hub.calls.stream().filter(c -> c.startsWith("GET"))).hasSize(1);
    }

    @Test
    void growthAfterARemoteShrink_isZeros_H24() throws FsException {
        remote("a", "0123456789");
        fs.fs.preload();
        fs.close(fs.open("a", OpenFlags.READ_WRITE));
        remote("a", "xyz");
        fs.poll();
        fs.truncate("a", 6);
        fs.flush.flushAll();
        assertThat(published("a")).isEqualTo("xyz\0\0\0");
    }

    @Test
    void contentOutsideXet_isRefusedAndTheMountLives_H10_H21() throws FsException {
        fs.hub.files.put("plain", new HubFile("plain", 5, null, fs.now));
        assertThat(errno(() -> fs.open("plain", OpenFlags.READ_WRITE))).isEqualTo(Errno.EOPNOTSUPP);
        assertThat(errno(() -> fs.truncate("plain", 2))).isEqualTo(Errno.EOPNOTSUPP);
        assertThat(fs.isDirty("plain")).isFalse();
        assertThat(fs.walk("plain").size()).isEqualTo(5);
        fs.put("other", bytes("fine"));
        fs.flush.flushAll();
        assertThat(published("other")).isEqualTo("fine");
    }

    @Test
    void contentOutsideXet_isNeitherRenamedNorRemovedHereAlone_H57() throws FsException {
        fs.hub.files.put("plain", new HubFile("plain", 5, null, fs.now));
        assertThat(errno(() -> fs.rename("plain", "moved"))).isEqualTo(Errno.EXDEV);
        assertThat(errno(() -> fs.unlink("plain"))).isEqualTo(Errno.EOPNOTSUPP);
        fs.put("new", bytes("n"));
        assertThat(errno(() -> fs.rename("new", "plain"))).isEqualTo(Errno.EOPNOTSUPP);
        assertThat(fs.exists("plain")).isTrue();
    }

    private void removeStaging() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(fs.area.directory())) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
    }

    @Test
    void stagingRemovedByOthers_isReportedOnceAndRemoteContentReturns_H29() throws FsException, IOException {
        remote("a", "base");
        long handle = fs.open("a", OpenFlags.READ_WRITE);
        fs.write(handle, 0, bytes("X"));
        removeStaging();
        fs.flush.flushAll();
        assertThat(fs.isDirty("a")).isFalse();
        assertThat(errno(() -> fs.fs.flush(0, handle, Caller.SELF))).isEqualTo(Errno.EIO);
        assertThat(errno(() -> fs.fs.flush(0, handle, Caller.SELF))).isNull();
        fs.fs.release(0, handle);
        assertThat(cat("a")).isEqualTo("base");
        assertThat(published("a")).isEqualTo("base");
        fs.overwrite("a", bytes("again"));
        fs.flush.flushAll();
        assertThat(published("a")).isEqualTo("again");
    }

    @Test
    void truncationOfRemovedStaging_makesNoNewFileInItsPlace_H29() throws FsException, IOException {
        long handle = fs.create("a");
        fs.write(handle, 0, bytes("0123456789"));
        removeStaging();
        assertThat(errno(() -> fs.truncate("a", 4))).isEqualTo(Errno.EIO);
        fs.flush.flushAll();
        assertThat(fs.isDirty("a")).as("lost for good, and said so").isFalse();
        assertThat(errno(() -> fs.fs.flush(0, handle, Caller.SELF))).isEqualTo(Errno.EIO);
        fs.fs.release(0, handle);
    }

    @Test
    void forgottenFiles_leaveNothingBehind_H30() throws FsException {
        fs.walk("");
        fs.fs.preload();
        int before = fs.fs.counters().inodes();
        for (int i = 0; i < 50; i++) {
            fs.put("f" + i, bytes("content " + i));
        }
        fs.flush.flushAll();
        for (int i = 0; i < 50; i++) {
            fs.forget("f" + i);
        }
        assertThat(fs.fs.counters().inodes()).isEqualTo(before);
        assertThat(fs.area.bytes()).isZero();
        assertThat(cat("f7")).isEqualTo("content 7");
    }

    @Test
    void unlinkDuringUpload_doesNotTakeTheBytesAway_H31() throws FsException, IOException {
        fs.put("a", bytes("content"));
        try (SealedFile sealed = fs.flush.publication.seal(fs.walk("a").ino()).orElseThrow()) {
            fs.unlink("a");
            assertThat(ManualFlush.readAll(sealed)).isEqualTo(bytes("content"));
            assertThat(fs.flush.publication.beginCommit(sealed, MemoryHub.hash(bytes("content"))))
                    .isFalse();
        }
        assertThat(fs.area.bytes()).isZero();
    }

    @Test
    void overwriteDuringUpload_leavesTheSealedEpochAlone_H66() throws FsException, IOException {
        fs.put("a", bytes("the first"));
        try (SealedFile sealed = fs.flush.publication.seal(fs.walk("a").ino()).orElseThrow()) {
            fs.overwrite("a", bytes("2nd"));
            assertThat(ManualFlush.readAll(sealed)).isEqualTo(bytes("the first"));
            assertThat(cat("a")).isEqualTo("2nd");
        }
        assertThat(fs.area.bytes()).isEqualTo(3);
        fs.flush.flushAll();
        assertThat(published("a")).isEqualTo("2nd");
    }

    @Test
    void handleOlderThanAnOverwrite_writesTheNewEpoch_H85() throws FsException {
        long old = fs.create("a");
        fs.write(old, 0, bytes("0123456789"));
        fs.overwrite("a", bytes("abcd"));
        fs.write(old, 1, bytes("XX"));
        assertThat(read(old)).isEqualTo("aXXd");
        fs.close(old);
        fs.flush.flushAll();
        assertThat(published("a")).isEqualTo("aXXd");
    }

    @Test
    void readerOfOurContent_keepsItWhenAWriterOpensWhatReplacedIt_H86() throws FsException {
        long writer = fs.create("a");
        fs.write(writer, 0, bytes("ours"));
        long reader = fs.open("a", OpenFlags.READ_ONLY);
        fs.close(writer);
        fs.flush.flushAll();
        remote("a", "theirs");
        fs.fs.preload();
        fs.poll();
        long next = fs.open("a", OpenFlags.READ_WRITE);
        assertThat(read(reader)).isEqualTo("ours");
        assertThat(read(next)).isEqualTo("theirs");
        fs.write(next, 0, bytes("T"));
        assertThat(read(reader)).as("our own changes are always seen").isEqualTo("Theirs");
        fs.close(next);
        fs.close(reader);
    }

    @Test
    void readsFromStaging_areNeverShort_H44() throws FsException {
        byte[] big = new byte[3_000_000];
        Arrays.fill(big, (byte) 7);
        fs.put("a", big);
        long handle = fs.open("a", OpenFlags.READ_ONLY);
        assertThat(fs.read(handle, 0, 4_000_000)).hasSize(3_000_000);
        assertThat(fs.read(handle, 2_999_999, 100)).hasSize(1);
        assertThat(fs.read(handle, 3_000_000, 100)).isEmpty();
        fs.close(handle);
    }

    @Test
    void fallocate_growsPunchesAndZeroes() throws FsException {
        long handle = fs.create("a");
        fs.write(handle, 0, bytes("0123456789"));
        fs.fs.fallocate(0, handle, 0, 4, 4);
        assertThat(fs.walk("a").size()).as("never shrinks").isEqualTo(10);
        fs.fs.fallocate(0, handle, 1, 0, 100);
        assertThat(fs.walk("a").size()).as("KEEP_SIZE").isEqualTo(10);
        fs.fs.fallocate(0, handle, 0, 8, 4);
        assertThat(read(handle)).isEqualTo("0123456789\0\0");
        fs.fs.fallocate(0, handle, 3, 1, 2);
        fs.fs.fallocate(0, handle, 3, 9, 50);
        fs.fs.fallocate(0, handle, 16, 4, 2);
        assertThat(read(handle)).isEqualTo("0\0\0" + "3\0\0" + "678\0\0\0");
        assertThat(errno(() -> fs.fs.fallocate(0, handle, 8, 0, 4))).isEqualTo(Errno.EOPNOTSUPP);
        assertThat(errno(() -> fs.fs.fallocate(0, handle, 2, 0, 4))).isEqualTo(Errno.EOPNOTSUPP);
        assertThat(errno(() -> fs.fs.fallocate(0, handle, 0, -1, 4))).isEqualTo(Errno.EINVAL);
        assertThat(errno(() -> fs.fs.fallocate(0, handle, 0, Long.MAX_VALUE - 2, 40)))
                .isEqualTo(Errno.EFBIG);
        fs.close(handle);
    }

    @Test
    void lseek_seesADenseFile() throws FsException {
        long handle = fs.create("a");
        fs.truncate("a", 1_000_000);
        assertThat(fs.fs.lseek(0, handle, 5, 3)).isEqualTo(5);
        assertThat(fs.fs.lseek(0, handle, 5, 4)).isEqualTo(1_000_000);
        assertThat(errno(() -> fs.fs.lseek(0, handle, 1_000_000, 3))).isEqualTo(Errno.ENXIO);
        assertThat(errno(() -> fs.fs.lseek(0, handle, 0, 7))).isEqualTo(Errno.EINVAL);
        fs.close(handle);
    }

    @Test
    void truncationThroughAReadOnlyOpen_isPublished_H08c() throws FsException {
        remote("a", "0123");
        long handle = fs.open("a", OpenFlags.fromLinux(01000));
        assertThat(read(handle)).isEmpty();
        assertThat(errno(() -> fs.write(handle, 0, bytes("x")))).isEqualTo(Errno.EBADF);
        fs.close(handle);
        assertThat(fs.flush.signalled).containsExactly(fs.walk("a").ino());
        fs.flush.flushAll();
        assertThat(published("a")).isEmpty();
    }

    @Test
    void fileMadeByAReadOnlyOpen_isPublished_H08c() throws FsException {
        var made = fs.fs.create(1, "a", 0644, OpenFlags.READ_ONLY, Caller.SELF);
        fs.close(made.open().handle());
        assertThat(fs.flush.signalled).containsExactly(made.attributes().ino());
    }

    @Test
    void userMtime_isPublishedAndSurvivesTheCommitAndARename_H74() throws FsException {
        fs.put("a", bytes("x"));
        Instant mtime = Instant.parse("2019-03-04T05:06:07Z");
        fs.fs.setattr(fs.walk("a").ino(), new AttributeChange(null, null, null, null, null, mtime));
        fs.advance(Duration.ofSeconds(9));
        fs.flush.flushAll();
        assertThat(fs.hub.files.get("a").mtime()).isEqualTo(mtime);
        assertThat(fs.walk("a").mtime()).isEqualTo(mtime);
        fs.rename("a", "b");
        assertThat(fs.hub.files.get("b").mtime()).isEqualTo(mtime);
        assertThat(fs.walk("b").mtime()).isEqualTo(mtime);
    }

    @Test
    void readOnlyMount_refusesEveryChangeFirst() throws FsException {
        FsSettings d = FsSettings.defaults(0, 0);
        FsSettings settings = new FsSettings(
                true, 0, 0, d.metadataTtl(), d.negativeTtl(), d.directIo(), d.filterOsFiles(), d.maxFileSize());
        try (FsHarness ro = new FsHarness(settings)) {
            ro.hub.put("a", bytes("x"));
            long ino = ro.walk("a").ino();
            assertThat(ro.walk("a").permissions()).isEqualTo(0444);
            assertThat(ro.walk("").permissions()).isEqualTo(0555);
            assertThat(errno(() -> ro.create("b"))).isEqualTo(Errno.EROFS);
            assertThat(errno(() -> ro.mkdir("d"))).isEqualTo(Errno.EROFS);
            assertThat(errno(() -> ro.unlink("a"))).isEqualTo(Errno.EROFS);
            assertThat(errno(() -> ro.rename("a", "b"))).isEqualTo(Errno.EROFS);
            assertThat(errno(() -> ro.truncate("a", 0))).isEqualTo(Errno.EROFS);
            assertThat(errno(() -> ro.open("a", OpenFlags.READ_WRITE))).isEqualTo(Errno.EROFS);
            assertThat(errno(() -> ro.open("a", OpenFlags.fromLinux(01000)))).isEqualTo(Errno.EROFS);
            assertThat(errno(() -> ro.fs.link(ino, 1, "b"))).isEqualTo(Errno.EROFS);
            assertThat(errno(() -> ro.fs.symlink(1, "s", "t", Caller.SELF))).isEqualTo(Errno.EROFS);
            assertThat(errno(() -> ro.fs.mknod(1, "s", 0644, Caller.SELF))).isEqualTo(Errno.EROFS);
            assertThat(errno(() -> ro.rmdir("nothing"))).isEqualTo(Errno.EROFS);
            long handle = ro.open("a", OpenFlags.READ_ONLY);
            assertThat(errno(() -> ro.write(handle, 0, bytes("y")))).isEqualTo(Errno.EROFS);
            assertThat(errno(() -> ro.fs.fallocate(0, handle, 0, 0, 1))).isEqualTo(Errno.EROFS);
            assertThat(ro.cat("a")).isEqualTo(bytes("x"));
            ro.close(handle);
        }
    }
}
