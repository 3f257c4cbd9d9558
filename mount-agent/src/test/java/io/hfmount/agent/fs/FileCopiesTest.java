package io.hfmount.agent.fs;

import static io.hfmount.agent.fs.FsHarness.errno;
import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.CopyRange;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.OpenFlags;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** copy_file_range by hash on the level of the file system (mount-semantics §2.23). */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FileCopiesTest {
    private static final String TEXT = "abcdefghijklmnopqrstuvwxyz";
    private static final long ALL = Long.MAX_VALUE;
    private static final OpenFlags EMPTIED = OpenFlags.fromLinux(02 | 01000);

    private FsHarness fs = new FsHarness(FsSettings.defaults(0, 0).withSparseMinSize(10));

    @AfterEach
    void close() {
        fs.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void remote(String path, String text) throws FsException {
        fs.hub.put(path, bytes(text));
        fs.fs.preload();
    }

    private String cat(String path) throws FsException {
        return new String(fs.cat(path), StandardCharsets.UTF_8);
    }

    private String published(String path) {
        byte[] content = fs.hub.bytes(path);
        return content == null ? "" : new String(content, StandardCharsets.UTF_8);
    }

    private long copy(long from, long to, long length) throws FsException {
        return fs.fs.copyFileRange(new CopyRange(from, 0, to, 0, length));
    }

    /** As cp does it: into a file that is made or emptied, which is then closed. */
    private void copy(String from, String to) throws FsException {
        long source = fs.open(from, OpenFlags.READ_ONLY);
        long target = fs.exists(to) ? fs.open(to, EMPTIED) : fs.create(to);
        assertThat(copy(source, target, ALL)).isEqualTo(fs.walk(from).size());
        fs.close(target);
        fs.close(source);
    }

    private Errno refusal(String from, String to) throws FsException {
        long source = fs.open(from, OpenFlags.READ_ONLY);
        long target = fs.exists(to) ? fs.open(to, OpenFlags.READ_WRITE) : fs.create(to);
        try {
            return errno(() -> copy(source, target, ALL));
        } finally {
            fs.close(target);
            fs.close(source);
        }
    }

    private List<String> transfers() {
        return fs.hub.calls.stream()
                .filter(c -> c.startsWith("GET") || c.startsWith("READ"))
                .toList();
    }

    private void flush(UploadRoute... expected) {
        int before = fs.flush.routes.size();
        fs.flush.flushAll();
        assertThat(fs.flush.routes.subList(before, fs.flush.routes.size())).containsExactly(expected);
    }

    @Test
    void publishedFile_isCopiedAndPublishedByItsHash_andNoByteMoves() throws FsException {
        remote("a", TEXT);
        copy("a", "b");

        assertThat(fs.isDirty("b")).isTrue();
        assertThat(fs.walk("b").size()).isEqualTo(26);
        flush(UploadRoute.UNCHANGED);
        assertThat(transfers()).isEmpty();
        assertThat(fs.area.bytes()).isZero();
        assertThat(fs.hub.file("b").hash()).isEqualTo(fs.hub.file("a").hash());
        assertThat(fs.isDirty("b")).isFalse();
        assertThat(cat("b")).isEqualTo(TEXT);
    }

    @Test
    void sourceThatIsOpenForWriting_isCopiedByItsBytes_forAMappingMayHoldNewerOnes() throws FsException {
        remote("a", TEXT);
        long writer = fs.open("a", OpenFlags.READ_WRITE);

        assertThat(refusal("a", "b")).isEqualTo(Errno.EOPNOTSUPP);

        fs.close(writer);
        copy("a", "c");
        flush(UploadRoute.FULL, UploadRoute.UNCHANGED);
    }

    @Test
    void fileBelowTheSparseSize_isCopiedByItsHashToo_andOneThatNeverIsSparse() throws FsException {
        fs.close();
        fs = new FsHarness(FsSettings.defaults(0, 0));
        remote("a", "tiny");
        copy("a", "b");
        long handle = fs.open("b", OpenFlags.READ_WRITE);
        fs.write(handle, 1, bytes("I"));
        fs.close(handle);
        assertThat(cat("b")).isEqualTo("tIny");
        flush(UploadRoute.RANGE);
        assertThat(published("b")).isEqualTo("tIny");
        assertThat(published("a")).isEqualTo("tiny");
    }

    @Test
    void unpublishedCopy_readsAsTheSource() throws FsException {
        remote("a", TEXT);
        copy("a", "b");
        assertThat(cat("b")).isEqualTo(TEXT);
        assertThat(fs.isDirty("b")).isTrue();
    }

    @Test
    void editedCopy_leavesTheSourceAlone_andTheOtherWayRound() throws FsException {
        remote("a", TEXT);
        copy("a", "b");
        long copy = fs.open("b", OpenFlags.READ_WRITE);
        fs.write(copy, 3, bytes("COPY"));
        long source = fs.open("a", OpenFlags.READ_WRITE);
        fs.write(source, 10, bytes("SOURCE"));
        fs.truncate("b", 20);
        assertThat(cat("b")).isEqualTo("abcCOPYhijklmnopqrst");
        assertThat(cat("a")).isEqualTo("abcdefghijSOURCEqrstuvwxyz");
        fs.close(copy);
        fs.close(source);

        flush(UploadRoute.RANGE, UploadRoute.RANGE);
        assertThat(published("b")).isEqualTo("abcCOPYhijklmnopqrst");
        assertThat(published("a")).isEqualTo("abcdefghijSOURCEqrstuvwxyz");
    }

    @Test
    void copyWhoseSourceIsOverwrittenAndPublishedFirst_hasTheContentOfTheCopy() throws FsException {
        remote("a", TEXT);
        copy("a", "b");
        fs.overwrite("a", bytes("new"));
        fs.flush.publish(fs.walk("a").ino());
        assertThat(cat("b")).isEqualTo(TEXT);
        flush(UploadRoute.UNCHANGED);
        assertThat(published("b")).isEqualTo(TEXT);
    }

    @Test
    void copiedAndRemovedSource_leavesTheHubOnlyAfterTheCopyIsThere() throws FsException {
        remote("a", TEXT);
        copy("a", "b");
        fs.unlink("a");
        fs.flush.deletes();
        assertThat(published("a")).as("until the copy is published").isEqualTo(TEXT);
        flush(UploadRoute.UNCHANGED);
        assertThat(fs.hub.files.keySet()).containsExactly("b");
        assertThat(published("b")).isEqualTo(TEXT);
    }

    @Test
    void unpublishedCopy_isRenamedReplacedAndRemovedLikeAnyDirtyFile() throws FsException {
        remote("a", TEXT);
        copy("a", "b");
        fs.rename("b", "c");
        flush(UploadRoute.UNCHANGED);
        assertThat(fs.hub.files.keySet()).containsExactly("a", "c");

        copy("a", "d");
        fs.unlink("d");
        flush();
        assertThat(fs.hub.files.keySet()).containsExactly("a", "c");
    }

    @Test
    void copyMadeWhileTheOldContentOfItsTargetIsPublished_isPublishedAfterIt() throws FsException {
        remote("a", TEXT);
        fs.put("b", bytes("old content"));
        fs.flush.beforeCommit = () -> {
            fs.flush.beforeCommit = () -> {};
            try {
                copy("a", "b");
            } catch (FsException e) {
                throw new AssertionError(e);
            }
        };
        flush(UploadRoute.FULL);
        assertThat(published("b")).isEqualTo("old content");
        assertThat(fs.isDirty("b")).isTrue();
        flush(UploadRoute.UNCHANGED);
        assertThat(published("b")).isEqualTo(TEXT);
    }

    @Test
    void target_dirtyOrPublished_isReplacedIfAllOfItIsOverwritten() throws FsException {
        fs.hub.put("published", bytes("published content"));
        remote("a", TEXT);
        fs.put("dirty", bytes("dirty content"));
        for (String target : List.of("published", "dirty")) {
            long source = fs.open("a", OpenFlags.READ_ONLY);
            long handle = fs.open(target, OpenFlags.READ_WRITE);
            fs.write(handle, 2, bytes("more"));
            assertThat(copy(source, handle, 26)).isEqualTo(26);
            fs.write(handle, 25, bytes("!"));
            fs.close(handle);
            fs.close(source);
            assertThat(cat(target)).isEqualTo(TEXT.substring(0, 25) + "!");
        }
        flush(UploadRoute.RANGE, UploadRoute.RANGE);
        assertThat(published("published")).isEqualTo(TEXT.substring(0, 25) + "!");
        assertThat(published("dirty")).isEqualTo(TEXT.substring(0, 25) + "!");
        assertThat(published("a")).isEqualTo(TEXT);
    }

    @Test
    void targetThatIsLonger_isLeftToTheKernel() throws FsException {
        remote("a", TEXT);
        fs.put("b", bytes(TEXT + "and more"));
        assertThat(refusal("a", "b")).isEqualTo(Errno.EOPNOTSUPP);
        assertThat(cat("b")).isEqualTo(TEXT + "and more");
    }

    @Test
    void partOfAFile_isLeftToTheKernel() throws FsException {
        remote("a", TEXT);
        long source = fs.open("a", OpenFlags.READ_ONLY);
        long target = fs.create("b");
        for (CopyRange part : List.of(
                new CopyRange(source, 0, target, 0, 25),
                new CopyRange(source, 1, target, 0, 25),
                new CopyRange(source, 0, target, 1, 26),
                new CopyRange(source, 26, target, 0, 1))) {
            assertThat(errno(() -> fs.fs.copyFileRange(part))).as("%s", part).isEqualTo(Errno.EOPNOTSUPP);
        }
        assertThat(copy(source, target, 0)).isZero();
        assertThat(fs.walk("b").size()).isZero();
        fs.close(target);
        fs.close(source);
    }

    @Test
    void sourceThatIsNotPublished_isLeftToTheKernel() throws FsException {
        remote("a", TEXT);
        copy("a", "copy");
        assertThat(refusal("copy", "b")).as("a copy itself unpublished").isEqualTo(Errno.EOPNOTSUPP);
        fs.put("empty", new byte[0]);
        fs.flush.flushAll();
        assertThat(refusal("empty", "b")).isEqualTo(Errno.EOPNOTSUPP);
        assertThat(refusal("copy", "b")).as("published since").isNull();

        long writer = fs.open("a", OpenFlags.READ_WRITE);
        assertThat(refusal("a", "c")).as("open for writing, unchanged").isEqualTo(Errno.EOPNOTSUPP);
        fs.write(writer, 0, bytes("A"));
        assertThat(refusal("a", "d")).as("changed").isEqualTo(Errno.EOPNOTSUPP);
        fs.close(writer);
    }

    @Test
    void sourceWithoutAName_isLeftToTheKernel() throws FsException {
        remote("a", TEXT);
        long source = fs.open("a", OpenFlags.READ_ONLY);
        long target = fs.create("b");
        fs.unlink("a");
        assertThat(errno(() -> copy(source, target, ALL))).isEqualTo(Errno.EOPNOTSUPP);
        fs.close(target);
        fs.close(source);
    }

    @Test
    void readerOfAnOlderVersion_copiesWhatItSeesAndNotTheNewer() throws FsException {
        remote("a", TEXT);
        long source = fs.open("a", OpenFlags.READ_ONLY);
        fs.hub.put("a", bytes(TEXT + "newer"));
        fs.poll();
        long target = fs.create("b");
        assertThat(errno(() -> copy(source, target, ALL))).isEqualTo(Errno.EOPNOTSUPP);
        long newer = fs.open("a", OpenFlags.READ_ONLY);
        assertThat(copy(newer, target, ALL)).isEqualTo(31);
        assertThat(cat("b")).isEqualTo(TEXT + "newer");
        for (long handle : List.of(source, target, newer)) {
            fs.close(handle);
        }
    }

    @Test
    void sourceThatChangesBetweenTheLookAtItAndTheCopy_isLeftToTheKernel() throws Exception {
        remote("a", TEXT);
        long source = fs.open("a", OpenFlags.READ_ONLY);
        long target = fs.create("b");
        Inode b = fs.fs.inode(fs.walk("b").ino());
        b.staging.lock();
        CompletableFuture<Errno> copying;
        try {
            copying = CompletableFuture.supplyAsync(() -> errno(() -> copy(source, target, ALL)));
            while (!b.staging.hasQueuedThreads()) {
                Thread.onSpinWait();
            }
            long writer = fs.open("a", OpenFlags.READ_WRITE);
            fs.write(writer, 5, bytes("written"));
            fs.close(writer);
        } finally {
            b.staging.unlock();
        }
        assertThat(copying.get(30, TimeUnit.SECONDS)).isEqualTo(Errno.EOPNOTSUPP);
        assertThat(fs.walk("b").size()).isZero();
        fs.close(target);
        fs.close(source);
    }

    @Test
    void copyToItself_isRefused() throws FsException {
        remote("a", TEXT);
        long handle = fs.open("a", OpenFlags.READ_WRITE);
        assertThat(errno(() -> copy(handle, handle, ALL))).isEqualTo(Errno.EINVAL);
        assertThat(errno(() -> fs.fs.copyFileRange(new CopyRange(handle, 0, handle, 10, 11))))
                .isEqualTo(Errno.EINVAL);
        assertThat(errno(() -> fs.fs.copyFileRange(new CopyRange(handle, 0, handle, 10, 10))))
                .isEqualTo(Errno.EOPNOTSUPP);
        fs.close(handle);
        assertThat(cat("a")).isEqualTo(TEXT);
    }

    @Test
    void handlesThatMayNot_areRefused() throws FsException {
        remote("a", TEXT);
        long reader = fs.open("a", OpenFlags.READ_ONLY);
        long writer = fs.open("a", OpenFlags.fromLinux(1));
        long target = fs.create("b");
        assertThat(errno(() -> copy(reader, reader, ALL))).isEqualTo(Errno.EBADF);
        assertThat(errno(() -> copy(writer, target, ALL))).isEqualTo(Errno.EBADF);
        assertThat(errno(() -> copy(4711, target, ALL))).isEqualTo(Errno.EBADF);
        assertThat(errno(() -> fs.fs.copyFileRange(new CopyRange(reader, -1, target, 0, 1))))
                .isEqualTo(Errno.EINVAL);
        for (long handle : List.of(reader, writer, target)) {
            fs.close(handle);
        }
    }

    @Test
    void readOnlyMount_refuses() throws FsException {
        fs.close();
        fs = new FsHarness(new FsSettings(
                true, 0, 0, FsSettings.defaults(0, 0).metadataTtl(), java.time.Duration.ZERO, false, true, ALL - 1));
        remote("a", TEXT);
        long reader = fs.open("a", OpenFlags.READ_ONLY);
        assertThat(errno(() -> copy(reader, reader, ALL))).isEqualTo(Errno.EROFS);
        fs.close(reader);
    }

    @Test
    void unlinkedTarget_keepsItsCopyForItsReadersAndIsNeverPublished() throws FsException {
        remote("a", TEXT);
        long source = fs.open("a", OpenFlags.READ_ONLY);
        long target = fs.create("b");
        fs.unlink("b");
        assertThat(copy(source, target, ALL)).isEqualTo(26);
        assertThat(new String(fs.read(target, 0, 100), StandardCharsets.UTF_8)).isEqualTo(TEXT);
        fs.close(target);
        fs.close(source);
        flush();
        assertThat(fs.hub.files.keySet()).containsExactly("a");
    }
}
