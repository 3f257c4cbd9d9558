package io.hfmount.agent.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.agent.fs.MemoryHub.Fault;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A rename that fails after the Hub did a part of it: what was there is put back, now or later. */
class FailedRenameTest {
    private static final byte[] SOURCE = {1};
    private static final byte[] TARGET = {2, 2};

    private final FsHarness fs = new FsHarness();
    private boolean deaf;

    @BeforeEach
    void twoFiles() throws FsException {
        fs.hub.put("a", SOURCE);
        fs.hub.put("b", TARGET);
        fs.names("");
        fs.hub.onCall = call -> {
            if (deaf && call.startsWith("INFO")) {
                throw new FsException(Errno.EAGAIN, "scripted");
            }
        };
    }

    @AfterEach
    void close() {
        fs.close();
    }

    /** The Hub takes the new name, and from then on neither answers nor can be asked. */
    private void renameFails() {
        deaf = true;
        fs.hub.faults.addAll(List.of(Fault.LOST_AFTER, Fault.LOST_BEFORE, Fault.LOST_BEFORE));
        assertThatThrownBy(() -> fs.rename("a", "b")).isInstanceOf(FsException.class);
        deaf = false;
        assertThat(fs.hub.bytes("b")).as("replaced by the rename that failed").containsExactly(SOURCE);
    }

    @Test
    void replacedTarget_thatCannotBePutBackAtOnce_isUnpublishedAndPutBackLater() throws FsException {
        renameFails();
        assertThat(fs.isDirty("b")).isTrue();
        assertThat(fs.flush.signalled).contains(fs.walk("b").ino());
        fs.poll();
        assertThat(fs.cat("b")).containsExactly(TARGET);
        fs.flush.flushAll();
        assertThat(fs.hub.bytes("b")).containsExactly(TARGET);
        assertThat(fs.hub.bytes("a")).containsExactly(SOURCE);
        assertThat(fs.isDirty("b")).isFalse();
        fs.poll();
        assertThat(fs.cat("a")).containsExactly(SOURCE);
        assertThat(fs.cat("b")).containsExactly(TARGET);
    }

    @Test
    void emptyTarget_isPutBackToo() throws FsException {
        fs.hub.put("b", new byte[0]);
        fs.poll();
        renameFails();
        fs.flush.flushAll();
        assertThat(fs.hub.file("b").size()).isZero();
        assertThat(fs.isDirty("b")).isFalse();
        assertThat(fs.cat("b")).isEmpty();
    }

    @Test
    void targetThatSomebodyElseReplacedSince_isLeftToThem() throws FsException {
        renameFails();
        fs.hub.put("b", new byte[] {7, 7, 7});
        fs.flush.flushAll();
        assertThat(fs.isDirty("b")).isFalse();
        assertThat(fs.hub.bytes("b")).containsExactly(7, 7, 7);
        assertThat(fs.cat("b")).containsExactly(7, 7, 7);
    }

    @Test
    void targetThatSomebodyElseRemovedSince_staysRemoved() throws FsException {
        renameFails();
        fs.hub.files.remove("b");
        fs.flush.flushAll();
        assertThat(fs.hub.files).doesNotContainKey("b");
        fs.poll();
        assertThat(fs.exists("b")).isFalse();
    }

    @Test
    void targetThatIsChangedHereSince_isPublishedAsChanged() throws FsException {
        renameFails();
        long handle = fs.open("b", io.hfmount.agent.vfs.OpenFlags.READ_WRITE);
        fs.write(handle, 1, new byte[] {5});
        fs.close(handle);
        fs.hub.put("b", new byte[] {7, 7, 7});
        fs.flush.flushAll();
        assertThat(fs.hub.bytes("b")).containsExactly(2, 5);
        assertThat(fs.isDirty("b")).isFalse();
    }

    @Test
    void targetThatIsRemovedHereSince_goesFromTheHub() throws FsException {
        renameFails();
        fs.unlink("b");
        fs.flush.flushAll();
        assertThat(fs.hub.files.keySet()).containsExactly("a");
        assertThat(fs.flush.publication.deletesQueued()).isZero();
    }

    @Test
    void targetThatIsRenamedHereSince_takesItsContentAlong() throws FsException {
        renameFails();
        fs.rename("b", "c");
        fs.flush.flushAll();
        assertThat(fs.hub.files.keySet()).containsExactly("a", "c");
        assertThat(fs.hub.bytes("c")).containsExactly(TARGET);
    }

    @Test
    void sameRenameOnceMore_replacesTheTargetForGood() throws FsException {
        renameFails();
        fs.rename("a", "b");
        fs.flush.flushAll();
        fs.poll();
        assertThat(fs.hub.files.keySet()).containsExactly("b");
        assertThat(fs.cat("b")).containsExactly(SOURCE);
        assertThat(fs.isDirty("b")).isFalse();
    }

    @Test
    void secondRenameThatFailsToo_isUndoneToo() throws FsException {
        renameFails();
        fs.hub.put("a", new byte[] {3});
        fs.poll();
        deaf = true;
        fs.hub.faults.addAll(List.of(Fault.LOST_AFTER, Fault.LOST_BEFORE, Fault.LOST_BEFORE));
        assertThatThrownBy(() -> fs.rename("a", "b")).isInstanceOf(FsException.class);
        deaf = false;
        assertThat(fs.hub.bytes("b")).containsExactly(3);
        fs.flush.flushAll();
        assertThat(fs.hub.bytes("b")).containsExactly(TARGET);
    }

    @Test
    void targetThatAPollSawReplaced_isPutBackAllTheSame() throws FsException {
        fs.hub.afterAdd = () -> {
            try {
                fs.poll();
            } catch (FsException e) {
                throw new AssertionError(e);
            }
        };
        renameFails();
        assertThat(fs.cat("b")).containsExactly(TARGET);
        fs.flush.flushAll();
        assertThat(fs.hub.bytes("b")).containsExactly(TARGET);
        fs.poll();
        assertThat(fs.cat("b")).containsExactly(TARGET);
    }

    @Test
    void targetThatAPollSawReplaced_andThatIsPutBackAtOnce_isSeenAgain() throws FsException {
        fs.hub.afterAdd = () -> {
            try {
                fs.poll();
            } catch (FsException e) {
                throw new AssertionError(e);
            }
        };
        deaf = true;
        fs.hub.faults.addAll(List.of(Fault.LOST_AFTER, Fault.REFUSED));
        int[] questions = {0};
        fs.hub.onCall = call -> {
            if (call.startsWith("INFO") && questions[0]++ == 0) {
                throw new FsException(Errno.EAGAIN, "scripted");
            }
        };
        assertThatThrownBy(() -> fs.rename("a", "b")).isInstanceOf(FsException.class);
        assertThat(fs.hub.bytes("b")).containsExactly(TARGET);
        assertThat(fs.isDirty("b")).isFalse();
        assertThat(fs.cat("b")).containsExactly(TARGET);
    }

    @Test
    void sourceOfARenameRefusedHere_thatCannotBePutBackAtOnce_isPutBackLater() throws FsException {
        fs.unlink("b");
        fs.flush.flushAll();
        fs.hub.afterAdd = () -> {
            try {
                fs.mkdir("b");
            } catch (FsException e) {
                throw new AssertionError(e);
            }
            // the add was taken; the delete of the old name is, too; what follows is the way back
        };
        int[] batches = {0};
        fs.hub.onBatch = () -> {
            if (batches[0]++ == 2) {
                fs.hub.faults.add(Fault.FIRST_FAILS);
            }
        };
        assertThatThrownBy(() -> fs.rename("a", "b")).isInstanceOf(FsException.class);
        assertThat(fs.hub.files).as("the way back was refused").doesNotContainKey("a");
        assertThat(fs.isDirty("a")).isTrue();
        fs.poll();
        assertThat(fs.cat("a")).containsExactly(SOURCE);
        fs.flush.flushAll();
        assertThat(fs.hub.bytes("a")).containsExactly(SOURCE);
        assertThat(fs.isDirty("a")).isFalse();
    }
}
