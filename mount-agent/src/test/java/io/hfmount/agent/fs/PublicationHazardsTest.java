package io.hfmount.agent.fs;

import static io.hfmount.agent.fs.FsHarness.errno;
import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.Caller;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.OpenFlags;
import io.hfmount.model.ContentHash;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Hazards of publication, deletes and renames (mount-semantics §10.8, second table). */
class PublicationHazardsTest {
    private final FsHarness fs = new FsHarness();

    @AfterEach
    void close() {
        fs.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private String published(String path) {
        var file = fs.hub.files.get(path);
        if (file == null) {
            return null;
        }
        return new String(file.hash().isZero() ? new byte[0] : fs.hub.bytes(path), StandardCharsets.UTF_8);
    }

    private String cat(String path) throws FsException {
        return new String(fs.cat(path), StandardCharsets.UTF_8);
    }

    /** Published, clean and closed. */
    private void have(String path, String text) throws FsException {
        fs.put(path, bytes(text));
        fs.flush.flushAll();
        assertThat(published(path)).isEqualTo(text);
    }

    private static Runnable once(FsHarness.Refused action) {
        boolean[] done = new boolean[1];
        return () -> {
            if (!done[0]) {
                done[0] = true;
                try {
                    action.run();
                } catch (FsException e) {
                    throw new AssertionError(e);
                }
            }
        };
    }

    private void settle() throws FsException {
        for (int i = 0; i < 3; i++) {
            fs.flush.flushAll();
        }
        assertThat(fs.flush.publication.dirtyFiles()).isEmpty();
        assertThat(fs.flush.publication.deletesQueued()).isZero();
        fs.advance(Duration.ofMinutes(5));
        fs.poll();
    }

    @Test
    void release_countsTheHandleDownLast_H32() throws FsException {
        long handle = fs.create("a");
        fs.write(handle, 0, bytes("x"));
        fs.fs.forget(fs.walk("a").ino(), Long.MAX_VALUE);
        fs.close(handle);
        assertThat(fs.exists("a")).isTrue();
        settle();
        assertThat(published("a")).isEqualTo("x");
    }

    @Test
    void sealOfAnEarlierEpisode_cannotBeCommitted_H33() throws FsException {
        long handle = fs.create("a");
        fs.write(handle, 0, bytes("first"));
        long ino = fs.walk("a").ino();
        Publication publication = fs.flush.publication;
        try (SealedFile stale = publication.seal(ino).orElseThrow()) {
            fs.flush.flushAll();
            for (long i = 0; i < stale.generation(); i++) {
                fs.write(handle, 0, bytes("later"));
            }
            ContentHash first = MemoryHub.hash(bytes("first"));
            assertThat(publication.beginCommit(stale, first)).isFalse();
            assertThat(publication.committed(stale, first)).isFalse();
        }
        assertThat(fs.isDirty("a")).isTrue();
        fs.close(handle);
        settle();
        assertThat(published("a")).isEqualTo("later");
        assertThat(cat("a")).isEqualTo("later");
    }

    @Test
    void recreatedFile_survivesTheEndOfItsOrphan_H39() throws FsException {
        long old = fs.create("a");
        fs.write(old, 0, bytes("old"));
        fs.unlink("a");
        fs.put("a", bytes("new"));
        assertThat(fs.read(old, 0, 10)).isEqualTo(bytes("old"));
        fs.write(old, 0, bytes("OLD"));
        fs.close(old);
        assertThat(cat("a")).isEqualTo("new");
        settle();
        assertThat(published("a")).isEqualTo("new");
    }

    @Test
    void refusedOperation_leavesTheFileDirtyAndReportsIt_H53() throws FsException {
        long handle = fs.create("a");
        fs.write(handle, 0, bytes("x"));
        fs.hub.faults.add(MemoryHub.Fault.FIRST_FAILS);
        fs.flush.flushAll();
        assertThat(fs.isDirty("a")).isTrue();
        assertThat(errno(() -> fs.close(handle))).isEqualTo(Errno.EIO);
        settle();
        assertThat(published("a")).isEqualTo("x");
    }

    @Test
    void renameThatIsRefused_changesNothing_H55() throws FsException {
        have("a", "x");
        have("t", "target");
        fs.hub.faults.add(MemoryHub.Fault.REFUSED);
        assertThat(errno(() -> fs.rename("a", "t"))).isNotNull();
        assertThat(cat("a")).isEqualTo("x");
        assertThat(cat("t")).isEqualTo("target");
        settle();
        assertThat(published("a")).isEqualTo("x");
        assertThat(published("t")).isEqualTo("target");
    }

    @Test
    void rename_addsBeforeItDeletes_H55() throws FsException {
        have("a", "x");
        fs.hub.calls.clear();
        fs.rename("a", "b");
        assertThat(fs.hub.calls.stream().filter(c -> c.startsWith("BATCH")))
                .containsExactly("BATCH [+b]", "BATCH [-a]");
    }

    @Test
    void deleteOfTheOriginal_waitsForTheCopy_H56() throws FsException {
        have("a", "precious");
        fs.put("b", bytes("precious"));
        fs.unlink("a");
        assertThat(fs.flush.publication.deletesReady()).isEmpty();
        fs.hub.faults.add(MemoryHub.Fault.REFUSED);
        fs.flush.flushAll();
        assertThat(published("a")).as("the copy is not there yet").isEqualTo("precious");
        settle();
        assertThat(fs.hub.files.keySet()).containsExactly("b");
    }

    @Test
    void newWorkAfterADelete_doesNotHoldItBack_H56() throws FsException {
        have("a", "x");
        long log = fs.create("log");
        fs.unlink("a");
        fs.write(log, 0, bytes("1"));
        fs.flush.flushAll();
        fs.write(log, 1, bytes("2"));
        fs.flush.deletes();
        assertThat(fs.hub.files.keySet()).as("published once since").containsExactly("log");
        fs.close(log);
    }

    @Test
    void fileThatCannotBePublished_holdsNoDeleteBack_H90() throws FsException {
        have("a", "x");
        fs.put("big", bytes("no quota for this"));
        fs.unlink("a");
        fs.flush.publication.cannotSucceed(fs.walk("big").ino());
        fs.flush.deletes();
        assertThat(fs.hub.files).doesNotContainKey("a");
        settle();
        assertThat(published("big")).isNotNull();
    }

    @Test
    void renameBetweenUploadAndCommit_publishesOnlyTheNewName_H57() throws FsException {
        fs.put("a", bytes("x"));
        fs.flush.beforeCommit = once(() -> fs.rename("a", "b"));
        fs.flush.flushAll();
        settle();
        assertThat(fs.hub.files.keySet()).containsExactly("b");
        assertThat(cat("b")).isEqualTo("x");
    }

    @Test
    void renameDuringFlush_oldPathIsNotLeft_H57() throws FsException {
        fs.put("a", bytes("x"));
        fs.flush.afterBatch = once(() -> fs.rename("a", "b"));
        fs.flush.flushAll();
        assertThat(fs.isDirty("b")).isTrue();
        settle();
        assertThat(fs.hub.files.keySet()).containsExactly("b");
        assertThat(fs.tree().keySet()).containsExactly("b");
    }

    @Test
    void renameForthAndBackDuringFlush_keepsTheFile_H57() throws FsException {
        fs.put("a", bytes("x"));
        fs.flush.afterBatch = once(() -> {
            fs.rename("a", "b");
            fs.rename("b", "a");
        });
        fs.flush.flushAll();
        settle();
        assertThat(fs.hub.files.keySet()).containsExactly("a");
        assertThat(fs.tree().keySet()).containsExactly("a");
    }

    @Test
    void directoryRenameDuringAChildsFlush_movesTheChild_H57() throws FsException {
        fs.mkdir("d");
        fs.mkdir("d/s");
        have("d/s/clean", "c");
        fs.put("d/s/x", bytes("x"));
        fs.flush.afterBatch = once(() -> fs.rename("d", "e"));
        fs.flush.flushAll();
        settle();
        assertThat(fs.hub.files.keySet()).containsExactly("e/s/clean", "e/s/x");
        assertThat(fs.tree().keySet()).containsExactly("e/s/clean", "e/s/x");
    }

    @Test
    void returnToTheOldContentDuringFlush_isNoNoOp_H58() throws FsException {
        have("a", "AAA");
        fs.overwrite("a", bytes("BBB"));
        fs.flush.afterBatch = once(() -> fs.overwrite("a", bytes("AAA")));
        fs.flush.flushAll();
        assertThat(published("a")).isEqualTo("BBB");
        settle();
        assertThat(published("a")).isEqualTo("AAA");
    }

    @Test
    void unchangedContent_isNotSentAgain_H58() throws FsException {
        have("a", "AAA");
        fs.overwrite("a", bytes("AAA"));
        fs.hub.calls.clear();
        fs.flush.flushAll();
        assertThat(fs.hub.calls).noneMatch(c -> c.startsWith("BATCH"));
        assertThat(fs.isDirty("a")).isFalse();
    }

    @Test
    void unlinkBetweenUploadAndCommit_publishesNothing_H59() throws FsException {
        fs.put("a", bytes("x"));
        fs.flush.beforeCommit = once(() -> fs.unlink("a"));
        fs.flush.flushAll();
        assertThat(fs.hub.files).isEmpty();
    }

    @Test
    void unlinkDuringTheCommit_isFollowedByADelete_H59() throws FsException {
        fs.put("a", bytes("x"));
        fs.flush.afterBatch = once(() -> fs.unlink("a"));
        fs.flush.flushAll();
        settle();
        assertThat(fs.hub.files).isEmpty();
        assertThat(fs.exists("a")).isFalse();
    }

    @Test
    void replacedDuringItsCommit_doesNotOverwriteItsReplacement_H59() throws FsException {
        fs.put("new", bytes("replacement"));
        fs.put("a", bytes("replaced"));
        fs.flush.afterBatch = once(() -> fs.rename("new", "a"));
        fs.flush.flushAll();
        settle();
        assertThat(fs.hub.files.keySet()).containsExactly("a");
        assertThat(published("a")).isEqualTo("replacement");
    }

    @Test
    void dirtyFileOverAPublishedOneThenRemoved_leavesNothing_H59() throws FsException {
        have("t", "published");
        fs.put("a", bytes("x"));
        fs.rename("a", "t");
        fs.unlink("t");
        settle();
        assertThat(fs.hub.files).isEmpty();
        assertThat(fs.exists("t")).isFalse();
    }

    @Test
    void emptiedAndRemoved_doesNotComeBack_H60() throws FsException {
        have("a", "x");
        fs.truncate("a", 0);
        fs.unlink("a");
        settle();
        assertThat(fs.hub.files).isEmpty();
    }

    @Test
    void oldNameMadeAnew_isNotDeletedWithTheRename_H61() throws FsException {
        have("a", "one");
        fs.overwrite("a", bytes("two"));
        fs.rename("a", "b");
        fs.put("a", bytes("three"));
        settle();
        assertThat(published("a")).isEqualTo("three");
        assertThat(published("b")).isEqualTo("two");
        assertThat(cat("a")).isEqualTo("three");
    }

    @Test
    void removedAndMadeAnewWithTheSameContent_stays_H61() throws FsException {
        have("a", "same");
        fs.unlink("a");
        fs.put("a", bytes("same"));
        settle();
        assertThat(published("a")).isEqualTo("same");
        assertThat(cat("a")).isEqualTo("same");
    }

    @Test
    void deleteOfSomebodyElsesContent_isNotSent_H61() throws FsException {
        have("a", "ours");
        fs.unlink("a");
        fs.hub.put("a", bytes("theirs"));
        settle();
        assertThat(published("a")).isEqualTo("theirs");
        assertThat(cat("a")).isEqualTo("theirs");
    }

    @Test
    void oldNameAtTwoRenames_waitsForOneDelete_H61() throws FsException {
        have("p", "1");
        fs.overwrite("p", bytes("2"));
        fs.rename("p", "q");
        fs.hub.faults.add(MemoryHub.Fault.LOST_AFTER);
        fs.flush.flushAll();
        fs.put("p", bytes("3"));
        fs.flush.afterBatch = once(() -> fs.rename("p", "r"));
        settle();
        assertThat(fs.hub.files.keySet()).containsExactly("q", "r");
    }

    @Test
    void staleSealWithNothingToSend_doesNotHideWhatOthersPublishedMeanwhile_H33() throws FsException {
        fs.put("a", bytes("first"));
        long ino = fs.walk("a").ino();
        Publication publication = fs.flush.publication;
        ContentHash first = MemoryHub.hash(bytes("first"));
        try (SealedFile stale = publication.seal(ino).orElseThrow()) {
            fs.flush.flushAll();
            assertThat(publication.isNoOp(stale, first)).isTrue();
            fs.hub.put("a", bytes("theirs"));
            RemoteView view = fs.fs.remoteView();
            long asOf = view.ask();
            var listed = fs.hub.list("", false);
            assertThat(publication.committed(stale, first)).isFalse();
            view.merge("", listed, view.missing("", listed, asOf), asOf);
        }
        assertThat(cat("a")).isEqualTo("theirs");
    }

    @Test
    void requeueBesideABoundDelete_joinsIt_H61() throws FsException {
        have("p", "1");
        fs.overwrite("p", bytes("2"));
        fs.rename("p", "q");
        QueuedDelete first;
        try (SealedFile sealed = fs.flush.publication.seal(fs.walk("q").ino()).orElseThrow()) {
            first = sealed.pendingDeletes().getFirst();
        }
        fs.put("p", bytes("3"));
        fs.flush.publish(fs.walk("p").ino());
        fs.overwrite("p", bytes("4"));
        fs.rename("p", "r");
        fs.flush.publication.requeue(first);
        fs.fs.checkInvariants();
        settle();
        assertThat(fs.hub.files.keySet()).containsExactly("q", "r");
    }

    @Test
    void lostAnswerOfAnAppliedBatch_isSettledByAsking_H64() throws FsException {
        fs.put("a", bytes("x"));
        fs.hub.faults.add(MemoryHub.Fault.LOST_AFTER);
        fs.flush.flushAll();
        assertThat(fs.isDirty("a")).isFalse();
        assertThat(published("a")).isEqualTo("x");
    }

    @Test
    void lostBatch_staysDirtyAndItsRemovalIsStillGuarded_H64() throws FsException {
        fs.put("a", bytes("x"));
        fs.hub.faults.add(MemoryHub.Fault.LOST_BEFORE);
        fs.flush.flushAll();
        assertThat(fs.isDirty("a")).isTrue();
        settle();
        assertThat(published("a")).isEqualTo("x");
    }

    @Test
    void unknownOutcomeThatNobodyCanSettle_stillQueuesADelete_H59_H64() throws FsException {
        fs.put("a", bytes("x"));
        ContentHash hash = fs.hub.store(bytes("x"));
        try (SealedFile sealed = fs.flush.publication.seal(fs.walk("a").ino()).orElseThrow()) {
            assertThat(fs.flush.publication.beginCommit(sealed, hash)).isTrue();
            fs.hub.put("a", bytes("x")); // it did arrive, but nobody could be asked
        }
        fs.unlink("a");
        settle();
        assertThat(fs.hub.files).isEmpty();
    }

    @Test
    void refusedAfterARename_keepsWhatWasThereRemovable_H57() throws FsException {
        have("a", "old");
        fs.overwrite("a", bytes("new"));
        ContentHash hash = fs.hub.store(bytes("new"));
        try (SealedFile sealed = fs.flush.publication.seal(fs.walk("a").ino()).orElseThrow()) {
            assertThat(fs.flush.publication.beginCommit(sealed, hash)).isTrue();
            fs.rename("a", "b");
            fs.flush.publication.refused(sealed);
        }
        settle();
        assertThat(fs.hub.files.keySet()).containsExactly("b");
        assertThat(published("b")).isEqualTo("new");
    }

    @Test
    void backgroundError_isReportedOnceToEachHandle_H71() throws FsException {
        long first = fs.create("a");
        fs.write(first, 0, bytes("x"));
        long second = fs.open("a", OpenFlags.READ_WRITE);
        fs.flush.publication.failed(fs.walk("a").ino(), new FsException(Errno.ENOSPC, "no quota"));
        long late = fs.open("a", OpenFlags.READ_WRITE);
        for (long handle : List.of(first, second, late)) {
            assertThat(errno(() -> fs.fs.flush(0, handle, Caller.SELF))).isEqualTo(Errno.ENOSPC);
            assertThat(errno(() -> fs.fs.flush(0, handle, Caller.SELF))).isNull();
        }
        fs.flush.publication.failed(fs.walk("a").ino(), new FsException(Errno.EACCES, "no right"));
        assertThat(errno(() -> fs.fs.flush(0, first, Caller.SELF))).isEqualTo(Errno.EACCES);
        fs.flush.flushAll();
        assertThat(errno(() -> fs.fs.flush(0, second, Caller.SELF)))
                .as("a success takes older errors back")
                .isNull();
        assertThat(errno(() -> fs.fs.fsync(0, late, false))).isNull();
        for (long handle : List.of(first, second, late)) {
            fs.fs.release(0, handle);
        }
    }

    @Test
    void backgroundError_doesNotFailWhoOnlyReads_butItsFsync_H71() throws FsException {
        long writer = fs.create("a");
        fs.write(writer, 0, bytes("x"));
        long reader = fs.open("a", OpenFlags.READ_ONLY);
        fs.flush.publication.failed(fs.walk("a").ino(), new FsException(Errno.ENOSPC, "no quota"));
        long late = fs.open("a", OpenFlags.READ_ONLY);
        assertThat(errno(() -> fs.fs.flush(0, reader, Caller.SELF))).isNull();
        assertThat(errno(() -> fs.fs.flush(0, late, Caller.SELF))).isNull();
        assertThat(errno(() -> fs.fs.flush(0, writer, Caller.SELF)))
                .as("no reader took it away")
                .isEqualTo(Errno.ENOSPC);
        fs.hub.faults.add(MemoryHub.Fault.REFUSED);
        assertThat(errno(() -> fs.fs.fsync(0, reader, false))).isEqualTo(Errno.EIO);
        for (long handle : List.of(writer, reader, late)) {
            fs.fs.release(0, handle);
        }
    }

    @Test
    void fsync_failsWhenThePublicationFails_H71() throws FsException {
        long handle = fs.create("a");
        fs.write(handle, 0, bytes("x"));
        fs.hub.faults.add(MemoryHub.Fault.REFUSED);
        assertThat(errno(() -> fs.fs.fsync(0, handle, false))).isEqualTo(Errno.EIO);
        assertThat(errno(() -> fs.fs.fsync(0, handle, false))).isNull();
        assertThat(published("a")).isEqualTo("x");
        fs.close(handle);
    }

    @Test
    void queuedDeletes_countAsAbsentEverywhere_H91() throws FsException {
        fs.mkdir("d");
        have("d/x", "x");
        have("d/y", "y");
        fs.hub.offline = false;
        fs.unlink("d/x");
        fs.unlink("d/y");
        fs.advance(Duration.ofMinutes(10)); // the negative cache has forgotten
        fs.poll();
        assertThat(fs.names("d")).isEmpty();
        assertThat(fs.exists("d/x")).isFalse();
        fs.rmdir("d");
        fs.advance(Duration.ofMinutes(10));
        fs.poll();
        assertThat(fs.exists("d")).as("all it holds waits for its delete").isFalse();
        assertThat(fs.names("")).isEmpty();
        assertThat(fs.hub.files).hasSize(2);
        settle();
        assertThat(fs.hub.files).isEmpty();
    }

    @Test
    void deleteThatFails_keepsTheNameAbsent_H91() throws FsException {
        have("a", "x");
        fs.unlink("a");
        fs.hub.faults.add(MemoryHub.Fault.REFUSED);
        fs.flush.deletes();
        fs.advance(Duration.ofMinutes(10));
        fs.poll();
        assertThat(fs.exists("a")).isFalse();
        assertThat(fs.flush.publication.deletesQueued()).isEqualTo(1);
        settle();
        assertThat(fs.hub.files).isEmpty();
    }
}
