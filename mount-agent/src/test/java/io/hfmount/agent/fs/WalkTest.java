package io.hfmount.agent.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Programs that look through a tree: what that costs at the Hub, and that what was listed ahead is never believed too long. */
class WalkTest {
    private final FsHarness fs = new FsHarness();

    @AfterEach
    void close() {
        fs.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void remote(String path) {
        fs.hub.put(path, bytes(path));
    }

    private void tree(int directories, int files) {
        for (int d = 0; d < directories; d++) {
            for (int f = 0; f < files; f++) {
                remote("d" + d + "/f" + f);
            }
        }
    }

    private List<String> calls(String kind) {
        return fs.hub.calls.stream().filter(call -> call.startsWith(kind)).toList();
    }

    /** Three siblings; the second look lists all of them, so the third is there without a question. */
    private void walkToTheThird() throws FsException {
        fs.names("");
        fs.names("d0");
        fs.names("d1");
        assertThat(calls("TREE")).containsExactly("TREE ");
        fs.hub.calls.clear();
    }

    @Test
    void statOfEveryFile_costsAFewCallsInAll() throws FsException {
        tree(40, 20);
        fs.fs.preload();
        fs.hub.calls.clear();
        for (int d = 0; d < 40; d++) {
            for (int f = 0; f < 20; f++) {
                assertThat(fs.walk("d" + d + "/f" + f).size()).isPositive();
            }
        }
        assertThat(fs.hub.calls).containsExactly("HEAD d0/f0", "LIST d0", "HEAD d1/f0", "TREE ");
    }

    @Test
    void statOfEveryFileAgain_afterTheFactsGrewOld_costsAListingADirectory() throws FsException {
        tree(1, 200);
        fs.names("d0");
        fs.advance(Duration.ofSeconds(11));
        fs.hub.calls.clear();
        for (int f = 0; f < 200; f++) {
            fs.walk("d0/f" + f);
        }
        assertThat(fs.hub.calls).containsExactly("HEAD d0/f0", "LIST d0");
    }

    @Test
    void staleFileThatTheNewListingLacks_isAskedForAndGoes() throws FsException {
        tree(1, 3);
        fs.names("d0");
        fs.advance(Duration.ofSeconds(11));
        fs.hub.files.remove("d0/f1");
        fs.walk("d0/f0");
        assertThat(fs.exists("d0/f1")).isFalse();
        assertThat(fs.exists("d0/f2")).isTrue();
    }

    @Test
    void oneFileOfADirectory_costsOneHead() throws FsException {
        tree(3, 3);
        fs.fs.preload();
        fs.hub.calls.clear();
        for (int d = 0; d < 3; d++) {
            fs.walk("d" + d + "/f1");
        }
        assertThat(fs.hub.calls).containsExactly("HEAD d0/f1", "HEAD d1/f1", "HEAD d2/f1");
    }

    @Test
    void fewFilesOfAHugeDirectory_areNotPaidWithItsWholeListing() throws FsException {
        tree(1, 3 * Walk.PAGE);
        fs.fs.preload();
        fs.hub.calls.clear();
        for (int f = 0; f < 8; f++) {
            fs.walk("d0/f" + f);
        }
        assertThat(calls("LIST"))
                .as("at 2 names too large, at 4 it may cost 4 pages")
                .hasSize(2);
        assertThat(calls("HEAD")).hasSize(3);
    }

    private static FsHarness withListAhead(int limit) {
        return new FsHarness(new FsSettings(
                false,
                0,
                0,
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                false,
                true,
                Long.MAX_VALUE - 1,
                limit,
                0,
                FsSettings.NEVER_SPARSE));
    }

    @Test
    void treeThatIsTooLarge_isListedByDirectories_withFewTriesForMore() throws FsException {
        try (FsHarness small = withListAhead(300)) {
            for (int i = 0; i < 800; i++) {
                small.hub.put("d" + i / 20 + "/f" + i % 20, bytes("f"));
            }
            for (int d = 0; d < 40; d++) {
                assertThat(small.names("d" + d)).hasSize(20);
            }
            assertThat(small.hub.calls)
                    .filteredOn(call -> call.startsWith("TREE"))
                    .hasSize(5);
        }
    }

    @Test
    void listAheadLimitOfZero_listsEveryDirectoryByItself() throws FsException {
        try (FsHarness plain = withListAhead(0)) {
            for (int d = 0; d < 5; d++) {
                plain.hub.put("d" + d + "/f", bytes("f"));
            }
            for (int d = 0; d < 5; d++) {
                plain.names("d" + d);
            }
            assertThat(plain.hub.calls)
                    .filteredOn(call -> call.startsWith("TREE"))
                    .isEmpty();
        }
    }

    @Test
    void refusedSubtree_isNoTroubleForTheDirectory() throws FsException {
        tree(3, 2);
        fs.hub.onCall = call -> {
            if (call.startsWith("TREE")) {
                throw new FsException(Errno.EAGAIN, "scripted");
            }
        };
        for (int d = 0; d < 3; d++) {
            assertThat(fs.names("d" + d)).containsOnlyKeys("f0", "f1");
        }
    }

    @Test
    void fileMadePublishedAndForgotten_afterTheListing_isThere() throws FsException {
        tree(3, 1);
        walkToTheThird();
        fs.walk("d2/f0");
        fs.put("d2/new", bytes("new"));
        fs.flush.flushAll();
        fs.forget("d2/new");
        fs.forget("d2/f0");
        assertThat(fs.names("d2")).containsOnlyKeys("f0", "new");
    }

    @Test
    void directoryRenamed_afterTheListing_keepsItsFiles() throws FsException {
        tree(3, 2);
        walkToTheThird();
        fs.rename("d2", "e");
        assertThat(fs.names("e")).containsOnlyKeys("f0", "f1");
        assertThat(fs.names("")).containsOnlyKeys("d0", "d1", "e");
    }

    @Test
    void fileRemoved_afterTheListing_staysRemoved() throws FsException {
        tree(3, 2);
        walkToTheThird();
        fs.unlink("d2/f0");
        fs.flush.flushAll();
        assertThat(fs.names("d2")).containsOnlyKeys("f1");
    }

    @Test
    void ownChangeWhileTheListingIsUnderWay_makesItWorthless_H62() throws FsException {
        tree(3, 1);
        fs.names("");
        fs.mkdir("own");
        fs.put("own/f", bytes("own"));
        fs.flush.flushAll();
        fs.names("d0");
        fs.hub.duringTree = () -> {
            try {
                fs.put("own/late", bytes("late"));
                fs.flush.flushAll();
                fs.forget("own/late");
            } catch (FsException e) {
                throw new AssertionError(e);
            }
        };
        fs.names("d1");
        assertThat(fs.names("own")).containsOnlyKeys("f", "late");
        assertThat(fs.names("d2")).containsOnlyKeys("f0");
    }

    @Test
    void hubThatMoved_isAskedAnew() throws FsException {
        tree(3, 1);
        walkToTheThird();
        remote("d2/late");
        fs.poll();
        assertThat(fs.names("d2")).containsOnlyKeys("f0", "late");
    }

    @Test
    void hubThatMovedWhileTheListingWasUnderWay_isAskedAnew() throws FsException {
        tree(3, 1);
        fs.names("");
        fs.names("d0");
        fs.hub.duringTree = () -> {
            remote("d2/late");
            fs.fs.remoteView().roundBegins(true);
        };
        fs.names("d1");
        assertThat(fs.names("d2")).containsOnlyKeys("f0", "late");
    }

    @Test
    void listingAhead_isBelievedNoLongerThanMetadata() throws FsException {
        tree(3, 1);
        walkToTheThird();
        remote("d2/late");
        fs.advance(Duration.ofSeconds(9));
        assertThat(fs.names("d1")).containsOnlyKeys("f0");
        fs.advance(Duration.ofSeconds(2));
        assertThat(fs.names("d2")).containsOnlyKeys("f0", "late");
    }

    @Test
    void absenceByAListingAhead_countsFromItsQuestion() throws FsException {
        tree(3, 1);
        walkToTheThird();
        fs.advance(Duration.ofSeconds(9));
        assertThat(fs.names("d2")).containsOnlyKeys("f0");
        remote("d2/late");
        assertThat(fs.exists("d2/late")).as("still believed absent").isFalse();
        fs.advance(Duration.ofSeconds(2));
        assertThat(fs.exists("d2/late")).isTrue();
    }

    @Test
    void newerAnswersOfSingleFiles_winOverAListingAhead() throws FsException {
        tree(3, 2);
        walkToTheThird();
        fs.advance(Duration.ofSeconds(1));
        fs.hub.put("d2/f0", bytes("a newer version"));
        RemoteView view = fs.fs.remoteView();
        fs.names("d2");
        view.revalidated("d2/f0", fs.hub.file("d2/f0"), view.ask());
        fs.forget("d2/f1"); // the directory has to be listed again
        assertThat(fs.walk("d2/f0").size()).isEqualTo(15);
        assertThat(fs.names("d2")).containsOnlyKeys("f0", "f1");
        assertThat(fs.walk("d2/f0").size()).isEqualTo(15);
    }

    @Test
    void vanishedFileThatAHeadShowed_isNotBroughtBackByAListingAhead() throws FsException {
        tree(4, 2);
        walkToTheThird();
        fs.names("d3");
        fs.hub.files.remove("d3/f0");
        RemoteView view = fs.fs.remoteView();
        view.revalidated("d3/f0", null, view.ask());
        fs.forget("d3/f1");
        assertThat(fs.names("d3")).containsOnlyKeys("f1");
    }

    @Test
    void listingOfRawPrefixes_makesNoPhantomsAhead_H45() throws FsException {
        fs.hub.rawPrefixes = true;
        remote("p/a/1");
        remote("p/a#2");
        remote("p/b/1");
        remote("p#/c/1");
        fs.names("p");
        fs.names("p/a");
        fs.names("p/b");
        assertThat(fs.names("p")).containsOnlyKeys("a", "a#2", "b");
        assertThatThrownBy(() -> fs.walk("p/c")).isInstanceOf(FsException.class);
        assertThat(fs.names("p/b")).containsOnlyKeys("1");
    }
}
