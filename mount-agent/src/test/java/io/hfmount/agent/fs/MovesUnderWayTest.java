package io.hfmount.agent.fs;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** While the Hub moves something, its old and its new name stay here what they were. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MovesUnderWayTest {
    private final MeddledHub[] made = new MeddledHub[1];
    private final FsHarness fs = new FsHarness(FsSettings.defaults(0, 0), memory -> made[0] = new MeddledHub(memory));
    private final MeddledHub hub = made[0];
    private final ExecutorService others = Executors.newCachedThreadPool();
    private Future<?> meddling;

    @AfterEach
    void close() {
        others.shutdownNow();
        fs.close();
    }

    @FunctionalInterface
    private interface Deed {
        void run() throws FsException;
    }

    /** Has somebody act once, at the first such call; the call goes on when that is done or waits for its turn. */
    private void inTheMiddle(String call, boolean after, Deed deed) {
        hub.meddler = (what, isAfter) -> {
            if (what.startsWith(call) && isAfter == after) {
                hub.meddler = (next, nextAfter) -> {};
                meddling = others.submit(() -> {
                    deed.run();
                    return null;
                });
                while (!meddling.isDone() && !hub.laneIsWaitedFor()) {
                    Thread.onSpinWait();
                }
            }
        };
    }

    private void joinMeddling() throws InterruptedException {
        assertThat(meddling).as("somebody acted").isNotNull();
        try {
            meddling.get();
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        }
    }

    @Test
    void directoryThatSomethingMovesInto_isItselfMovedAfterwards() throws Exception {
        fs.hub.put("a/x", new byte[] {1});
        fs.names("a");
        fs.mkdir("e");
        inTheMiddle("list a", false, () -> fs.rename("e", "f"));
        fs.rename("a", "e/b");
        joinMeddling();
        assertThat(fs.hub.files).containsOnlyKeys("f/b/x");
        fs.poll();
        assertThat(fs.cat("f/b/x")).containsExactly(1);
    }

    @Test
    void directoryThatAFileMovesInto_isItselfMovedAfterwards() throws Exception {
        fs.hub.put("x", new byte[] {1});
        fs.names("");
        fs.mkdir("e");
        inTheMiddle("batch", false, () -> fs.rename("e", "f"));
        fs.rename("x", "e/x");
        joinMeddling();
        assertThat(fs.hub.files).containsOnlyKeys("f/x");
        fs.poll();
        assertThat(fs.cat("f/x")).containsExactly(1);
    }

    @Test
    void directoryThatSomethingMovesInto_isNotEmpty() throws Exception {
        fs.hub.put("a/x", new byte[] {1});
        fs.names("a");
        fs.mkdir("e");
        inTheMiddle(
                "list a",
                false,
                () -> assertThat(FsHarness.errno(() -> fs.rmdir("e"))).isEqualTo(Errno.ENOTEMPTY));
        fs.rename("a", "e/b");
        joinMeddling();
        assertThat(fs.cat("e/b/x")).containsExactly(1);
        assertThat(fs.hub.files).containsOnlyKeys("e/b/x");
    }

    /** Else the file that it replaces, which is not published yet, would be published over it. */
    @Test
    void fileThatThePollNoLongerSees_replacesWhatItIsMovedOver() throws Exception {
        fs.hub.put("d/x", new byte[] {1});
        fs.names("d");
        fs.put("x", new byte[] {2, 2});
        inTheMiddle("batch [Delete", true, fs::poll);
        fs.rename("d/x", "x");
        joinMeddling();
        assertThat(fs.cat("x")).containsExactly(1);
        fs.flush.flushAll();
        assertThat(fs.hub.files).containsOnlyKeys("x");
        assertThat(fs.hub.bytes("x")).containsExactly(1);
    }

    @Test
    void filesThatAPollNoLongerSees_areThereAtOnceUnderTheirNewNames() throws Exception {
        fs.hub.put("d/x", new byte[] {1});
        fs.names("d");
        inTheMiddle("batch [Delete", true, fs::poll);
        fs.rename("d", "e");
        joinMeddling();
        assertThat(fs.cat("e/x")).containsExactly(1);
        assertThat(fs.exists("d")).isFalse();
    }

    @Test
    void newNameThatAPollSees_isNobodyElses() throws Exception {
        fs.hub.put("x", new byte[] {1});
        fs.hub.put("d/x", new byte[] {2});
        fs.names("d");
        inTheMiddle("batch [Add", true, fs::poll);
        fs.fs.rename(fs.parent("x"), "x", fs.parent("y"), "y", true, false);
        joinMeddling();
        inTheMiddle("batch [Add", true, () -> {
            fs.poll();
            fs.names("");
            FsHarness.errno(() -> fs.names("e"));
        });
        fs.rename("d", "e");
        joinMeddling();
        assertThat(fs.hub.files).containsOnlyKeys("y", "e/x");
        assertThat(fs.tree()).containsOnlyKeys("y", "e/x");
    }

    @Test
    void copyThatAPollSees_isStillOurs() throws Exception {
        fs.hub.put("x", new byte[] {1});
        fs.names("");
        inTheMiddle("batch [Add", true, fs::poll);
        fs.fs.link(fs.walk("x").ino(), 1, "y");
        joinMeddling();
        assertThat(fs.cat("y")).containsExactly(1);
        assertThat(fs.hub.files).containsOnlyKeys("x", "y");
    }
}
