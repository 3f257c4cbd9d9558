package io.hfmount.agent.fs;

import static io.hfmount.agent.fs.FsHarness.errno;
import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.Attributes;
import io.hfmount.agent.vfs.Caller;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.KernelCache;
import io.hfmount.agent.vfs.OpenFlags;
import io.hfmount.agent.vfs.OpenResult;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.hub.HubFile;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Hazards of the remote view, the kernel's caches and names (mount-semantics §10.8, third table; H-86 to H-91). */
class RemoteHazardsTest {
    private final FsHarness fs = new FsHarness();
    private final List<String> told = new ArrayList<>();

    RemoteHazardsTest() throws FsException {
        fs.fs.preload();
        fs.fs.attach(new KernelCache() {
            @Override
            public void invalidatePages(long ino) {
                noted("pages " + ino);
            }

            @Override
            public void invalidateAttributes(long ino) {
                noted("attributes " + ino);
            }

            @Override
            public void invalidateEntry(long parent, String name) {
                noted("entry " + name);
            }
        });
    }

    /** H-41: whoever is notified may call back, also from another thread, and even change things. */
    private void noted(String what) {
        told.add(what);
        try {
            CompletableFuture.runAsync(() -> {
                        try {
                            fs.fs.getattr(1);
                            fs.fs.releasedir(1, fs.fs.opendir(1).handle());
                        } catch (FsException e) {
                            throw new AssertionError(e);
                        }
                    })
                    .get(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("a lock is held while the kernel is told: " + what, e);
        }
    }

    @AfterEach
    void close() {
        fs.close();
    }

    private static byte[] bytes(String text) {
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

    @Test
    void readOnlyOpenAfterAFlush_readsTheCommittedContent_H37() throws FsException {
        fs.put("a", bytes("x"));
        long before = fs.open("a", OpenFlags.READ_ONLY);
        fs.flush.flushAll();
        long after = fs.open("a", OpenFlags.READ_ONLY);
        assertThat(read(before)).isEqualTo("x");
        assertThat(read(after)).isEqualTo("x");
        fs.close(before);
        fs.close(after);
    }

    @Test
    void everyEntryAnswer_countsOneLookup_H40() throws FsException {
        remote("a", "x");
        fs.poll();
        long ino = fs.walk("a").ino();
        fs.walk("a");
        long dir = fs.fs.opendir(1).handle();
        fs.fs.readdir(1, dir, 0, true, (name, i, kind, next, attributes) -> !name.equals("a") || told.add("offered"));
        fs.fs.releasedir(1, dir);
        fs.fs.forget(ino, 2);
        assertThat(fs.fs.getattr(ino).size()).as("readdirplus counted one").isEqualTo(1);
        fs.fs.forget(ino, 1);
        assertThat(errno(() -> fs.fs.getattr(ino))).isEqualTo(Errno.ENOENT);
    }

    @Test
    void entryThatDidNotFit_countsNoLookup_H40() throws FsException {
        remote("a", "x");
        fs.poll();
        long ino = fs.walk("a").ino();
        long dir = fs.fs.opendir(1).handle();
        fs.fs.readdir(1, dir, 0, true, (name, i, kind, next, attributes) -> !name.equals("a"));
        fs.fs.releasedir(1, dir);
        fs.fs.forget(ino, 1);
        assertThat(errno(() -> fs.fs.getattr(ino))).isEqualTo(Errno.ENOENT);
    }

    @Test
    void remoteUpdates_tellTheKernelWithNoLockHeldAndGentlyWhenOpen_H41_H42() throws FsException {
        remote("open", "1");
        remote("closed", "1");
        remote("gone", "1");
        remote("d/x", "1");
        fs.poll();
        fs.names("d");
        long open = fs.walk("open").ino();
        long closed = fs.walk("closed").ino();
        long handle = fs.open("open", OpenFlags.READ_ONLY);
        told.clear();
        remote("open", "22");
        remote("closed", "22");
        remote("new", "1");
        fs.hub.files.remove("gone");
        fs.hub.files.remove("d/x");
        fs.poll();
        assertThat(told)
                .contains("attributes " + open, "pages " + closed, "entry gone", "entry new", "entry d")
                .doesNotContain("pages " + open);
        told.clear();
        remote("closed", "333");
        fs.advance(Duration.ofMinutes(1));
        assertThat(fs.walk("closed").size()).isEqualTo(3);
        assertThat(told).contains("pages " + closed);
        told.clear();
        fs.hub.files.remove("open");
        fs.hub.files.remove("closed");
        fs.advance(Duration.ofMinutes(1));
        assertThat(fs.exists("closed")).isFalse();
        assertThat(told).contains("entry closed");
        fs.close(handle);
    }

    @Test
    void refusedUpdate_tellsTheKernelNothing_H42b_H02c() throws FsException {
        remote("writing", "1");
        remote("dirty", "1");
        fs.poll();
        long writing = fs.open("writing", OpenFlags.READ_WRITE);
        fs.overwrite("dirty", bytes("mine"));
        told.clear();
        remote("writing", "22");
        remote("dirty", "22");
        fs.poll();
        assertThat(told).isEmpty();
        assertThat(fs.walk("writing").size()).isEqualTo(1);
        assertThat(read(writing)).isEqualTo("1");
        assertThat(cat("dirty")).isEqualTo("mine");
        fs.close(writing);
        fs.poll();
        assertThat(cat("writing")).isEqualTo("22");
    }

    @Test
    void readHandles_doNotFreezeTheFile_H42c_H86() throws FsException {
        remote("a", "one");
        fs.poll();
        long reader = fs.open("a", OpenFlags.READ_ONLY);
        remote("a", "second");
        fs.poll();
        assertThat(fs.walk("a").size()).isEqualTo(6);
        assertThat(cat("a")).isEqualTo("second");
        assertThat(read(reader)).as("bound to its version").isEqualTo("one");
        fs.close(reader);
    }

    @Test
    void remoteRemoval_orphansOpenFilesAndSparesDirtyOnes_H43() throws FsException {
        remote("open", "open");
        remote("dirty", "base");
        remote("writing", "base");
        fs.poll();
        long ino = fs.walk("open").ino();
        long reader = fs.open("open", OpenFlags.READ_ONLY);
        long writer = fs.open("writing", OpenFlags.READ_WRITE);
        fs.overwrite("dirty", bytes("mine"));
        fs.hub.files.clear();
        fs.poll();
        assertThat(fs.names("")).containsOnlyKeys("dirty", "writing");
        assertThat(read(reader)).isEqualTo("open");
        assertThat(fs.fs.getattr(ino).nlink()).isZero();
        fs.write(writer, 0, bytes("late"));
        fs.close(writer);
        fs.close(reader);
        fs.flush.flushAll();
        assertThat(fs.hub.files).containsOnlyKeys("dirty", "writing");
    }

    @Test
    void listingOfRawPrefixes_makesNoPhantoms_H45() throws FsException {
        fs.hub.rawPrefixes = true;
        remote("a/1#2", "x");
        remote("d#2/f", "other");
        remote("d/f", "mine");
        fs.advance(Duration.ofMinutes(5));
        assertThat(fs.exists("a/1")).isFalse();
        fs.advance(Duration.ofMinutes(5));
        assertThat(fs.exists("a/1")).isFalse();
        fs.walk("d");
        fs.rename("d", "e");
        assertThat(fs.hub.files).containsOnlyKeys("a/1#2", "d#2/f", "e/f");
        assertThat(cat("d#2/f")).isEqualTo("other");
    }

    @Test
    void prefixOfAFilesName_isAbsent_H45() throws FsException {
        fs.hub.rawPrefixes = true;
        remote("a.tmp", "x");
        fs.advance(Duration.ofMinutes(5));
        assertThat(fs.exists("a")).isFalse();
        assertThat(cat("a.tmp")).isEqualTo("x");
        fs.put("a", bytes("own"));
        fs.flush.flushAll();
        fs.unlink("a");
        fs.flush.flushAll();
        assertThat(fs.hub.files).containsOnlyKeys("a.tmp");
    }

    @Test
    void headWithoutASize_showsNoEmptyFile_H47() throws FsException {
        remote("a", "content");
        fs.hub.headAnswer = file -> new HubFile(file.path(), -1, file.hash(), file.mtime());
        fs.advance(Duration.ofMinutes(5)); // the listing of the root is old by now
        assertThat(fs.walk("a").size()).isEqualTo(7);
        fs.advance(Duration.ofMinutes(5));
        assertThat(cat("a")).isEqualTo("content");
    }

    @Test
    void failedProbe_isNotCachedAsAbsent_H48() throws FsException {
        remote("a", "x");
        fs.advance(Duration.ofMinutes(5));
        fs.hub.offline = true;
        assertThat(errno(() -> fs.walk("a"))).isEqualTo(Errno.EAGAIN);
        fs.hub.offline = false;
        assertThat(cat("a")).isEqualTo("x");
        fs.hub.offline = true;
        fs.advance(Duration.ofMinutes(5));
        assertThat(fs.walk("a").size()).as("what is known stays").isEqualTo(1);
        fs.hub.offline = false;
    }

    @Test
    void absence_isCachedUntilTheNameIsMade_H48() throws FsException {
        fs.advance(Duration.ofMinutes(5));
        assertThat(fs.exists("a")).isFalse();
        fs.hub.calls.clear();
        assertThat(fs.exists("a")).isFalse();
        assertThat(fs.hub.calls).isEmpty();
        remote("a", "x");
        fs.advance(Duration.ofSeconds(31));
        assertThat(fs.exists("a")).isTrue();
        assertThat(fs.exists("b")).isFalse();
        fs.put("b", bytes("y"));
        assertThat(fs.exists("b")).isTrue();
    }

    @Test
    void removedAndRenamedNames_areAbsentAtOnce_H49() throws FsException {
        remote("a", "x");
        remote("b", "y");
        fs.poll();
        fs.rename("a", "c");
        fs.unlink("b");
        fs.hub.calls.clear();
        assertThat(fs.exists("a")).isFalse();
        assertThat(fs.exists("b")).isFalse();
        assertThat(fs.hub.calls).isEmpty();
    }

    @Test
    void shrinkingListing_removesOnlyWhatWasConfirmed_H50() throws FsException {
        remote("a", "x");
        remote("b", "y");
        fs.poll();
        RemoteView view = fs.fs.remoteView();
        long asOf = view.ask();
        assertThat(view.missing("", List.of(), asOf)).containsExactlyInAnyOrder("a", "b");
        view.merge("", List.of(), Set.of("b", "no such name"), asOf);
        assertThat(fs.names("")).containsOnlyKeys("a");
    }

    @Test
    void laggingListing_doesNotTearADirectoryRename_H50() throws FsException {
        fs.mkdir("d");
        fs.put("d/x", bytes("x"));
        fs.flush.flushAll();
        HubFile hidden = fs.hub.files.get("d/x");
        fs.hub.onCall = call -> {
            if (call.equals("LIST d")) {
                fs.hub.files.remove("d/x");
            } else if (call.startsWith("INFO")) {
                fs.hub.files.put("d/x", hidden);
            }
        };
        fs.rename("d", "e");
        fs.hub.onCall = call -> {};
        fs.hub.files.remove("d/x", hidden);
        assertThat(fs.hub.files).containsOnlyKeys("e/x");
        fs.advance(Duration.ofMinutes(1));
        assertThat(cat("e/x")).isEqualTo("x");
    }

    @Test
    void listingFromBeforeOurCommit_isNotApplied_H62() throws FsException {
        remote("a", "old");
        fs.poll();
        RemoteView view = fs.fs.remoteView();
        long asOf = view.ask();
        var listing = fs.hub.list("", false);
        fs.overwrite("a", bytes("ours"));
        fs.put("new", bytes("n"));
        fs.flush.flushAll();
        view.merge("", listing, view.missing("", listing, asOf), asOf);
        assertThat(cat("a")).isEqualTo("ours");
        assertThat(cat("new")).isEqualTo("n");
    }

    @Test
    void listingFromBeforeOurRemoval_bringsNothingBack_H62() throws FsException {
        remote("a", "x");
        remote("d/f", "x");
        remote("moved/f", "x");
        fs.poll();
        RemoteView view = fs.fs.remoteView();
        long asOf = view.ask();
        var listing = fs.hub.list("", false);
        var below = fs.hub.list("moved", false);
        fs.unlink("a");
        fs.unlink("d/f");
        fs.rmdir("d");
        fs.rename("moved", "there");
        fs.flush.flushAll();
        fs.mkdir("moved");
        view.merge("", listing, Set.of(), asOf);
        view.merge("moved", below, Set.of(), asOf);
        assertThat(fs.names("")).containsOnlyKeys("there", "moved");
        assertThat(fs.names("moved")).isEmpty();
    }

    @Test
    void absenceAskedForBeforeOurCommit_removesNothing_H63() throws FsException {
        remote("a", "x");
        fs.poll();
        RemoteView view = fs.fs.remoteView();
        long asOf = view.ask();
        fs.overwrite("a", bytes("ours"));
        view.revalidated("a", null, asOf);
        assertThat(cat("a")).isEqualTo("ours");
        fs.flush.flushAll();
        view.revalidated("a", null, asOf);
        assertThat(cat("a")).isEqualTo("ours");
        long writer = fs.open("a", OpenFlags.READ_WRITE);
        view.revalidated("a", null, view.ask());
        fs.write(writer, 0, bytes("late"));
        fs.close(writer);
        fs.flush.flushAll();
        assertThat(fs.hub.bytes("a")).isEqualTo(bytes("late"));
    }

    @Test
    void localDirectoriesAndSymlinks_surviveAListing_H68() throws FsException {
        fs.mkdir("d");
        fs.fs.symlink(1, "s", "target", Caller.SELF);
        fs.poll();
        fs.advance(Duration.ofMinutes(5));
        fs.poll();
        assertThat(fs.names("")).containsOnlyKeys("d", "s");
        assertThat(fs.fs.readlink(fs.walk("s").ino())).isEqualTo("target");
        fs.unlink("s");
        assertThat(fs.hub.calls).noneMatch(c -> c.startsWith("BATCH"));
    }

    @Test
    void directoryPositions_surviveRemovals_H70() throws FsException {
        for (int i = 0; i < 20; i++) {
            fs.put("f%02d".formatted(i), bytes("x"));
        }
        long dir = fs.fs.opendir(1).handle();
        List<String> seen = new ArrayList<>();
        long[] cookie = new long[1];
        for (int page = 0; page < 20; page++) {
            int[] left = {3};
            fs.fs.readdir(1, dir, cookie[0], false, (name, ino, kind, next, attributes) -> {
                if (left[0]-- == 0) {
                    return false;
                }
                seen.add(name);
                cookie[0] = next;
                return true;
            });
            if (page == 1) {
                fs.unlink("f00");
                fs.unlink("f10");
                fs.rename("f11", "moved");
            }
        }
        fs.fs.releasedir(1, dir);
        assertThat(seen).doesNotHaveDuplicates().doesNotContain("f10", "f11").hasSize(20);
        assertThat(errno(() -> fs.fs.readdir(1, dir, 0, false, (n, i, k, x, a) -> true)))
                .isEqualTo(Errno.EBADF);
    }

    @Test
    void readerFromBeforeTheWriter_seesTheWrites_H86() throws FsException {
        remote("log", "one\n");
        fs.poll();
        long tail = fs.open("log", OpenFlags.READ_ONLY);
        assertThat(read(tail)).isEqualTo("one\n");
        long writer = fs.open("log", OpenFlags.READ_WRITE);
        fs.write(writer, 4, bytes("two\n"));
        assertThat(read(tail)).isEqualTo("one\ntwo\n");
        fs.close(writer);
        fs.flush.flushAll();
        assertThat(read(tail)).isEqualTo("one\ntwo\n");
        remote("log", "somebody else's");
        fs.poll();
        assertThat(read(tail)).as("own changes stay, remote ones do not come").isEqualTo("one\ntwo\n");
        assertThat(cat("log")).isEqualTo("somebody else's");
        fs.close(tail);
    }

    @Test
    void readerOfOurContent_keepsItWhenSomebodyOpensTheReplacementForWriting_H86() throws FsException {
        long creator = fs.create("a");
        fs.write(creator, 0, bytes("ours"));
        fs.close(creator);
        long reader = fs.open("a", OpenFlags.READ_ONLY);
        fs.flush.flushAll();
        remote("a", "theirs");
        fs.poll();
        long writer = fs.open("a", OpenFlags.READ_WRITE);
        assertThat(read(writer)).isEqualTo("theirs");
        assertThat(read(reader)).isEqualTo("ours");
        fs.write(writer, 0, bytes("T"));
        assertThat(read(reader)).as("written here").isEqualTo("Theirs");
        fs.close(writer);
        fs.close(reader);
    }

    @Test
    void openOfANewerVersionBesideOlderReaders_bypassesThePageCache_H87() throws FsException {
        remote("a", "one");
        fs.poll();
        long ino = fs.walk("a").ino();
        OpenResult older = fs.fs.open(ino, OpenFlags.READ_ONLY, Caller.SELF);
        assertThat(older.directIo()).isFalse();
        OpenResult same = fs.fs.open(ino, OpenFlags.READ_ONLY, Caller.SELF);
        assertThat(same.directIo()).isFalse();
        assertThat(same.keepCache()).isTrue();
        remote("a", "second");
        fs.poll();
        OpenResult newer = fs.fs.open(ino, OpenFlags.READ_ONLY, Caller.SELF);
        assertThat(newer.directIo()).isTrue();
        assertThat(read(older.handle())).isEqualTo("one");
        assertThat(read(newer.handle())).isEqualTo("second");
        for (OpenResult open : List.of(older, same, newer)) {
            fs.close(open.handle());
        }
        OpenResult alone = fs.fs.open(ino, OpenFlags.READ_ONLY, Caller.SELF);
        assertThat(alone.directIo()).isFalse();
        assertThat(alone.keepCache()).as("pages of the old version go").isFalse();
        fs.close(alone.handle());
        OpenResult again = fs.fs.open(ino, OpenFlags.READ_ONLY, Caller.SELF);
        assertThat(again.keepCache()).isTrue();
        fs.close(again.handle());
    }

    @Test
    void fileMovedIntoALocalDirectory_isFoundAgainAfterItsEviction() throws FsException {
        remote("a", "x");
        remote("d/f", "y");
        fs.poll();
        fs.mkdir("local");
        fs.mkdir("linked");
        fs.rename("a", "local/a");
        fs.rename("d", "local/d");
        fs.fs.link(fs.walk("local/a").ino(), fs.walk("linked").ino(), "b");
        fs.forget("local/a");
        fs.forget("linked/b");
        assertThat(cat("local/a")).isEqualTo("x");
        assertThat(cat("linked/b")).isEqualTo("x");
        assertThat(fs.names("local")).containsOnlyKeys("a", "d");
        assertThat(fs.names("linked")).containsOnlyKeys("b");
    }

    /** Found by the model: create, mkdir e, remote e/x, forget e/x, open e/x. */
    @Test
    void remoteFileInALocalDirectory_isFoundAgainAfterItsEviction() throws FsException {
        fs.mkdir("e");
        remote("e/x", "x");
        fs.poll();
        fs.forget("e/x");
        assertThat(cat("e/x")).isEqualTo("x");
    }

    @Test
    void directoryRenamedOntoRemovedNames_keepsContentOfTheSameHash_H61() throws FsException {
        remote("new/f", "same");
        remote("new/gone", "gone");
        remote("old/f", "same");
        fs.poll();
        fs.unlink("new/f");
        fs.unlink("new/gone");
        fs.rmdir("new");
        fs.rename("old", "new");
        fs.flush.flushAll();
        assertThat(fs.hub.files).containsOnlyKeys("new/f");
        fs.advance(Duration.ofMinutes(1));
        assertThat(fs.tree()).containsOnlyKeys("new/f");
        assertThat(cat("new/f")).isEqualTo("same");
    }

    @Test
    void link_isACopyByHash() throws FsException {
        fs.put("a", bytes("x"));
        long ino = fs.walk("a").ino();
        assertThat(errno(() -> fs.fs.link(ino, 1, "b"))).isEqualTo(Errno.EOPNOTSUPP);
        fs.flush.flushAll();
        fs.mkdir("d");
        long dir = fs.walk("d").ino();
        assertThat(errno(() -> fs.fs.link(dir, 1, "b"))).isEqualTo(Errno.EPERM);
        assertThat(errno(() -> fs.fs.link(ino, 1, "d"))).isEqualTo(Errno.EEXIST);
        assertThat(errno(() -> fs.fs.link(ino, ino, "b"))).isEqualTo(Errno.ENOTDIR);
        assertThat(errno(() -> fs.fs.link(ino, 999, "b"))).isEqualTo(Errno.ENOENT);
        assertThat(errno(() -> fs.fs.link(ino, 1, ".DS_Store"))).isEqualTo(Errno.EACCES);
        assertThat(fs.hub.files).containsOnlyKeys("a");
        Attributes copy = fs.fs.link(ino, 1, "b");
        assertThat(copy.ino()).isNotEqualTo(ino);
        fs.overwrite("a", bytes("changed"));
        fs.flush.flushAll();
        assertThat(cat("b")).isEqualTo("x");
        fs.unlink("b");
        fs.flush.flushAll();
        assertThat(fs.hub.files).containsOnlyKeys("a");
    }

    @Test
    void renameRules_followTheTable() throws FsException {
        fs.put("f", bytes("f"));
        fs.put("g", bytes("g"));
        fs.mkdir("d");
        fs.mkdir("d/e");
        fs.mkdir("empty");
        assertThat(errno(() -> fs.rename("f", "f"))).isNull();
        assertThat(errno(() -> fs.fs.rename(1, "f", 1, "g", true, false))).isEqualTo(Errno.EEXIST);
        assertThat(errno(() -> fs.fs.rename(1, "f", 1, "g", false, true))).isEqualTo(Errno.EINVAL);
        assertThat(errno(() -> fs.rename("d", "d/e/x"))).isEqualTo(Errno.EINVAL);
        assertThat(errno(() -> fs.rename("f", "d"))).isEqualTo(Errno.EISDIR);
        assertThat(errno(() -> fs.rename("d", "f"))).isEqualTo(Errno.ENOTDIR);
        assertThat(errno(() -> fs.rename("empty", "d"))).isEqualTo(Errno.ENOTEMPTY);
        assertThat(errno(() -> fs.rename("nothing", "x"))).isEqualTo(Errno.ENOENT);
        assertThat(errno(() -> fs.rename("f", "Thumbs.db"))).isEqualTo(Errno.EACCES);
        fs.rename("d/e", "empty");
        assertThat(fs.names("")).containsOnlyKeys("f", "g", "d", "empty");
        assertThat(fs.walk("").nlink()).isEqualTo(4);
    }

    @Test
    void lookupThatWouldAskTheHub_saysSo() throws FsException {
        fs.advance(Duration.ofMinutes(5));
        fs.hub.calls.clear();
        try {
            fs.fs.lookup(1, "a", Wait.NEVER);
            throw new AssertionError("answered without asking");
        } catch (io.hfmount.agent.vfs.WouldBlockException expected) {
            assertThat(fs.hub.calls).isEmpty();
        }
    }
}
