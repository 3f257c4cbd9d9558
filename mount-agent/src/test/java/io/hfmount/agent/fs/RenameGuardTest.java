package io.hfmount.agent.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.agent.fs.MemoryHub.Fault;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A rename removes at the old place only what it moved. */
class RenameGuardTest {
    @Test
    void renamedDirectory_whoseFileChangesMeanwhile_keepsTheNewerVersion_H61() throws FsException {
        try (FsHarness fs = new FsHarness()) {
            fs.hub.put("d/a", new byte[] {1});
            fs.hub.put("d/b", new byte[] {2});
            fs.names("d");
            fs.hub.afterAdd = () -> fs.hub.put("d/a", new byte[] {9});
            fs.rename("d", "e");
            assertThat(fs.hub.bytes("d/a")).containsExactly(9);
            assertThat(fs.hub.files).containsKeys("e/a", "e/b").doesNotContainKey("d/b");
        }
    }

    @Test
    void renamedFile_thatChangesMeanwhile_keepsTheNewerVersion_H61() throws FsException {
        try (FsHarness fs = new FsHarness()) {
            fs.hub.put("a", new byte[] {1});
            fs.names("");
            fs.hub.afterAdd = () -> fs.hub.put("a", new byte[] {9});
            fs.rename("a", "b");
            assertThat(fs.hub.bytes("a")).containsExactly(9);
            assertThat(fs.hub.bytes("b")).containsExactly(1);
        }
    }

    @Test
    void fileThatIsRemovedHere_whileTheHubMovesItsDirectory_staysRemoved() throws FsException {
        try (FsHarness fs = new FsHarness()) {
            fs.hub.put("d/a", new byte[] {1});
            fs.hub.put("d/b", new byte[] {2});
            fs.names("d");
            fs.hub.afterAdd = () -> {
                try {
                    fs.unlink("d/a");
                } catch (FsException e) {
                    throw new AssertionError(e);
                }
            };
            fs.rename("d", "e");
            assertThat(fs.names("e")).containsOnlyKeys("b");
            fs.poll();
            assertThat(fs.names("e")).containsOnlyKeys("b");
            fs.flush.flushAll();
            assertThat(fs.hub.files).containsOnlyKeys("e/b");
            assertThat(fs.flush.publication.deletesQueued()).isZero();
        }
    }

    @Test
    void fileThatIsReplacedHere_whileTheHubMovesItsDirectory_isMovedAsItIs() throws FsException {
        try (FsHarness fs = new FsHarness()) {
            fs.hub.put("d/a", new byte[] {1});
            fs.names("d");
            fs.hub.afterAdd = () -> {
                try {
                    fs.unlink("d/a");
                    fs.put("d/a", new byte[] {3});
                } catch (FsException e) {
                    throw new AssertionError(e);
                }
            };
            fs.rename("d", "e");
            fs.flush.flushAll();
            assertThat(fs.hub.files).containsOnlyKeys("e/a");
            assertThat(fs.hub.bytes("e/a")).containsExactly(3);
            assertThat(fs.flush.publication.deletesQueued()).isZero();
        }
    }

    @Test
    void fileThatIsWrittenHere_whileTheHubMovesIt_isPublishedAtItsNewPlace() throws FsException {
        try (FsHarness fs = new FsHarness()) {
            fs.hub.put("d/a", new byte[] {1});
            fs.names("d");
            fs.hub.afterAdd = () -> {
                try {
                    fs.overwrite("d/a", new byte[] {3});
                } catch (FsException e) {
                    throw new AssertionError(e);
                }
            };
            fs.rename("d", "e");
            fs.flush.flushAll();
            assertThat(fs.hub.files).containsOnlyKeys("e/a");
            assertThat(fs.hub.bytes("e/a")).containsExactly(3);
        }
    }

    @Test
    void renameRefusedHere_afterTheHubMovedIt_keepsTheSource() throws FsException {
        try (FsHarness fs = new FsHarness()) {
            fs.hub.put("a", new byte[] {1});
            fs.names("");
            fs.hub.afterAdd = () -> {
                try {
                    fs.mkdir("b");
                } catch (FsException e) {
                    throw new AssertionError(e);
                }
            };
            assertThatThrownBy(() -> fs.rename("a", "b")).isInstanceOf(FsException.class);
            assertThat(fs.hub.bytes("a")).containsExactly(1);
            fs.poll();
            assertThat(fs.cat("a")).containsExactly(1);
        }
    }

    @Test
    void renameOverAFile_whoseAnswersAreLost_isWhatTheHubMadeOfIt_H64() throws FsException {
        try (FsHarness fs = new FsHarness()) {
            fs.hub.put("a", new byte[] {1});
            fs.hub.put("b", new byte[] {2, 2});
            fs.names("");
            fs.hub.faults.addAll(List.of(Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.LOST_AFTER));
            fs.rename("a", "b");
            fs.poll();
            assertThat(fs.hub.files.keySet()).containsExactly("b");
            assertThat(fs.hub.bytes("b")).containsExactly(1);
            assertThat(fs.cat("b")).containsExactly(1);
            assertThat(fs.exists("a")).isFalse();
        }
    }

    @Test
    void renameOverAFile_whoseRequestsAllGetLost_changesNothing() throws FsException {
        try (FsHarness fs = new FsHarness()) {
            fs.hub.put("a", new byte[] {1});
            fs.hub.put("b", new byte[] {2, 2});
            fs.names("");
            fs.hub.faults.addAll(List.of(Fault.LOST_BEFORE, Fault.LOST_BEFORE, Fault.LOST_BEFORE));
            assertThatThrownBy(() -> fs.rename("a", "b")).isInstanceOf(FsException.class);
            fs.poll();
            assertThat(fs.cat("a")).containsExactly(1);
            assertThat(fs.cat("b")).containsExactly(2, 2);
        }
    }

    @Test
    void renameThatFails_afterTheHubReplacedTheTarget_putsTheTargetBack() throws FsException {
        try (FsHarness fs = new FsHarness()) {
            fs.hub.put("a", new byte[] {1});
            fs.hub.put("b", new byte[] {2, 2});
            fs.names("");
            fs.hub.faults.addAll(List.of(Fault.LOST_AFTER, Fault.REFUSED));
            int[] questions = {0};
            fs.hub.onCall = call -> {
                if (call.startsWith("INFO") && questions[0]++ == 0) {
                    throw new FsException(Errno.EAGAIN, "scripted");
                }
            };
            assertThatThrownBy(() -> fs.rename("a", "b")).isInstanceOf(FsException.class);
            assertThat(fs.hub.bytes("b")).containsExactly(2, 2);
            fs.poll();
            assertThat(fs.cat("a")).containsExactly(1);
            assertThat(fs.cat("b")).containsExactly(2, 2);
        }
    }
}
