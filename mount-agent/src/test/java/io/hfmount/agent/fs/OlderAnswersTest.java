package io.hfmount.agent.fs;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.FsException;
import io.hfmount.hub.HubEntry;
import io.hfmount.hub.HubFile;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Answers of the Hub that arrive in another order than they were asked for: the later question counts (H-62, H-63). */
class OlderAnswersTest {
    private final FsHarness fs = new FsHarness();
    private final RemoteView view = fs.fs.remoteView();

    OlderAnswersTest() throws FsException {
        fs.fs.preload(); // only what is loaded is listed
    }

    @AfterEach
    void close() {
        fs.close();
    }

    private void remote(String path, String text) {
        fs.hub.put(path, text.getBytes(StandardCharsets.UTF_8));
    }

    private String cat(String path) throws FsException {
        return new String(fs.cat(path), StandardCharsets.UTF_8);
    }

    /** A listing on its way: asked for, not merged yet. */
    private final class Listing {
        final long asOf = view.ask();
        final List<HubEntry> entries;

        Listing() throws FsException {
            entries = fs.hub.list("", false);
        }

        void arrives() {
            view.merge("", entries, Set.of(), asOf);
        }
    }

    @Test
    void olderListing_doesNotBringBackTheVersionBeforeALook() throws FsException {
        remote("a", "old");
        fs.poll();
        Listing older = new Listing();
        remote("a", "newer");
        view.revalidated("a", fs.hub.file("a"), view.ask());
        older.arrives();
        assertThat(cat("a")).isEqualTo("newer");
        new Listing().arrives();
        assertThat(cat("a")).isEqualTo("newer");
    }

    @Test
    void olderLook_doesNotBringBackTheVersionBeforeAListing() throws FsException {
        remote("a", "old");
        fs.poll();
        long asOf = view.ask();
        HubFile seen = fs.hub.file("a");
        remote("a", "newer");
        fs.poll();
        Inode known = fs.inode("a");
        view.revalidated("a", seen, asOf);
        assertThat(known.contentHash).isEqualTo(fs.hub.file("a").hash());
    }

    @Test
    void olderAbsence_doesNotRemoveWhatAListingShowed() throws FsException {
        remote("a", "old");
        fs.poll();
        long asOf = view.ask();
        remote("a", "newer");
        fs.poll();
        Inode known = fs.inode("a");
        view.revalidated("a", null, asOf);
        assertThat(known.isLinked()).isTrue();
    }

    @Test
    void olderListing_doesNotBringBackWhatALookFoundGone() throws FsException {
        remote("a", "old");
        remote("b", "stays");
        fs.poll();
        Listing older = new Listing();
        fs.hub.files.remove("a");
        view.revalidated("a", null, view.ask());
        older.arrives();
        assertThat(fs.names("")).containsOnlyKeys("b");
        remote("a", "made again");
        new Listing().arrives();
        assertThat(cat("a")).isEqualTo("made again");
    }

    @Test
    void olderListing_doesNotBringBackWhatARoundFoundGone() throws FsException {
        remote("a", "old");
        remote("b", "stays");
        fs.poll();
        Listing older = new Listing();
        fs.hub.files.remove("a");
        fs.poll();
        assertThat(fs.names("")).containsOnlyKeys("b");
        older.arrives();
        assertThat(fs.names("")).containsOnlyKeys("b");
    }

    @Test
    void olderListing_doesNotReplaceWhatALookupFound() throws FsException {
        remote("b", "stays");
        fs.poll();
        fs.advance(Duration.ofMinutes(1)); // else absences are believed
        remote("a", "old");
        Listing older = new Listing();
        remote("a", "newer");
        assertThat(cat("a")).isEqualTo("newer");
        older.arrives();
        assertThat(cat("a")).isEqualTo("newer");
    }

    /** The Hub has moved the file already: that its old name is found gone is no removal of ours. */
    @Test
    void oldNameFoundGoneWhileTheHubMovesItsDirectory_removesNothingAtTheNewOne() throws FsException {
        fs.mkdir("d");
        fs.put("d/x", "content".getBytes(StandardCharsets.UTF_8));
        fs.flush.flushAll();
        AtomicInteger looks = new AtomicInteger();
        fs.hub.onCall = call -> {
            if (fs.hub.files.containsKey("e/x")) {
                looks.incrementAndGet();
                view.revalidated("d/x", null, view.ask());
            }
        };
        fs.rename("d", "e");
        fs.hub.onCall = call -> {};
        assertThat(looks).hasPositiveValue();
        fs.flush.flushAll();
        assertThat(fs.hub.files).containsOnlyKeys("e/x");
        fs.poll();
        assertThat(cat("e/x")).isEqualTo("content");
    }

    @Test
    void answersInOrder_areAllTaken() throws FsException {
        remote("a", "1");
        fs.poll();
        for (int i = 2; i < 6; i++) {
            remote("a", "version " + i);
            if (i % 2 == 0) {
                view.revalidated("a", fs.hub.file("a"), view.ask());
            } else {
                new Listing().arrives();
            }
            assertThat(cat("a")).isEqualTo("version " + i);
        }
    }
}
