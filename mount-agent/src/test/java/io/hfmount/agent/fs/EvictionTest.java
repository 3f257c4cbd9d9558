package io.hfmount.agent.fs;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.AttributeChange;
import io.hfmount.agent.vfs.Attributes;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.KernelCache;
import io.hfmount.agent.vfs.OpenFlags;
import io.hfmount.agent.vfs.Wait;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What may leave memory (mount-semantics §4.9), and that nobody notices. */
class EvictionTest {
    private FsHarness fs = new FsHarness();

    @AfterEach
    void close() {
        fs.close();
    }

    private TreeSet<String> read(long directory, long handle) throws FsException {
        TreeSet<String> names = new TreeSet<>();
        fs.fs.readdir(directory, handle, 0, false, (name, ino, kind, next, attributes) -> names.add(name));
        return names;
    }

    @Test
    void openDirectory_showsWhatTheKernelForgetsMeanwhile() throws FsException {
        fs.hub.put("d/a", new byte[] {1});
        fs.hub.put("d/b", new byte[] {2});
        long d = fs.walk("d").ino();
        long handle = fs.fs.opendir(d).handle();
        fs.forget("d/b");
        assertThat(read(d, handle)).contains("a", "b");
        fs.fs.releasedir(d, handle);
    }

    @Test
    void modeOwnerAndTimeOfAFile_surviveTheKernelsForgetting() throws FsException {
        fs.hub.put("mode", new byte[] {1});
        fs.hub.put("owner", new byte[] {1});
        fs.hub.put("time", new byte[] {1});
        Instant time = Instant.parse("2001-01-01T00:00:00Z");
        fs.fs.setattr(fs.walk("mode").ino(), new AttributeChange(null, 0755, null, null, null, null));
        fs.fs.setattr(fs.walk("owner").ino(), new AttributeChange(null, null, 7, 8, null, null));
        fs.fs.setattr(fs.walk("time").ino(), new AttributeChange(null, null, null, null, null, time));
        fs.forget("mode");
        fs.forget("owner");
        fs.forget("time");
        assertThat(fs.walk("mode").permissions()).isEqualTo(0755);
        assertThat(fs.walk("owner").uid()).isEqualTo(7);
        assertThat(fs.walk("time").mtime()).isEqualTo(time);
    }

    @Test
    void fileThatIsForgottenAfterItsPublication_isNotReplacedByAnOlderListing_H62() throws FsException {
        fs.hub.put("a", new byte[] {1});
        fs.names("");
        long asOf = fs.fs.remoteView().ask();
        var listing = fs.hub.list("", false);
        fs.overwrite("a", new byte[] {2, 2});
        fs.flush.flushAll();
        fs.forget("a");
        fs.fs.remoteView().merge("", listing, Set.of(), asOf);
        assertThat(fs.cat("a")).containsExactly(2, 2);
    }

    private void bounded(int limit) {
        fs.close();
        fs = new FsHarness(FsSettings.defaults(0, 0).withInodeSoftLimit(limit));
    }

    @Test
    void namesThatWereOnlyListed_goWhenThereAreTooMany_oldestFirst_andComeBack() throws FsException {
        bounded(100);
        for (int d = 0; d < 20; d++) {
            for (int f = 0; f < 10; f++) {
                fs.hub.put("d" + d + "/f" + f, new byte[] {(byte) d, (byte) f});
            }
        }
        for (int d = 0; d < 20; d++) {
            assertThat(fs.names("d" + d)).hasSize(10);
            assertThat(fs.fs.counters().inodes()).isLessThanOrEqualTo(20 + 1 + 100);
        }
        assertThat(fs.inode("d0").entries()).as("the oldest went").isEmpty();
        assertThat(fs.inode("d19").entries()).as("the youngest stays").hasSize(10);
        assertThat(fs.cat("d0/f3")).containsExactly(0, 3);
        assertThat(fs.tree()).hasSize(200);
    }

    @Test
    void directoriesGoToo_onceNothingInThemIsKnown() throws FsException {
        bounded(100);
        for (int d = 0; d < 300; d++) {
            fs.hub.put("d" + d + "/f", new byte[] {1});
        }
        fs.names("");
        assertThat(fs.names("")).hasSize(300);
        assertThat(fs.fs.counters().inodes()).isLessThanOrEqualTo(100);
        assertThat(fs.tree()).hasSize(300);
    }

    @Test
    void whatIsDirtyOpenKnownToTheKernelOrOnlyHere_staysHoweverManyThereAre() throws FsException {
        bounded(10);
        for (int f = 0; f < 30; f++) {
            fs.hub.put("d/f" + f, new byte[] {1});
        }
        fs.names("d");
        fs.put("d/dirty", new byte[] {2});
        fs.mkdir("d/empty");
        fs.fs.symlink(fs.walk("d").ino(), "link", "dirty", io.hfmount.agent.vfs.Caller.SELF);
        fs.fs.setattr(fs.walk("d/f1").ino(), new AttributeChange(null, 0700, null, null, null, null));
        long open = fs.open("d/f0", OpenFlags.READ_WRITE);
        fs.write(open, 0, new byte[] {3});
        fs.rename("d/dirty", "d/renamed");
        long known = fs.walk("d/f2").ino();
        for (String name : List.of("d/renamed", "d/empty", "d/f0", "d/f1", "d/link")) {
            fs.forget(name);
        }
        fs.advance(java.time.Duration.ofMinutes(2));
        for (int i = 0; i < 10; i++) {
            fs.names("d");
        }
        assertThat(fs.inode("d/f0").isDirty()).isTrue();
        assertThat(fs.walk("d/f2").ino()).isEqualTo(known);
        assertThat(fs.walk("d/f1").permissions()).isEqualTo(0700);
        assertThat(fs.names("d")).containsKeys("empty", "link", "renamed");
        fs.close(open);
        fs.flush.flushAll();
        assertThat(fs.hub.bytes("d/f0")).containsExactly(3);
        assertThat(fs.hub.bytes("d/renamed")).containsExactly(2);
        assertThat(fs.hub.files).doesNotContainKey("d/dirty").hasSize(31);
    }

    @Test
    void kernelIsAskedToForgetWhatItOnlyCaches_butNothingOpenOrDirty() throws FsException {
        bounded(20);
        for (int f = 0; f < 40; f++) {
            fs.hub.put("d/f" + f, new byte[] {1});
        }
        List<String> asked = new ArrayList<>();
        long d = fs.walk("d").ino();
        fs.fs.attach(new KernelCache() {
            @Override
            public void invalidatePages(long ino) {}

            @Override
            public void invalidateAttributes(long ino) {}

            @Override
            public void invalidateEntry(long parent, String name) {
                if (parent == d) {
                    asked.add(name);
                }
            }
        });
        for (int f = 0; f < 40; f++) {
            fs.walk("d/f" + f);
        }
        long open = fs.open("d/f0", OpenFlags.READ_ONLY);
        fs.put("d/dirty", new byte[] {2});
        asked.clear();
        fs.names("d");
        fs.mkdir("d/one");
        fs.mkdir("d/two");
        fs.mkdir("d/three");
        assertThat(asked).hasSizeBetween(20, 40).doesNotContain("f0", "dirty");
        for (String name : asked) {
            fs.forget("d/" + name);
        }
        assertThat(fs.fs.counters().inodes()).isLessThan(40);
        fs.close(open);
        assertThat(fs.names("d")).hasSize(44);
    }

    /** Lets the kernel look a name up and forget it as soon as the file system tells it of a new listing. */
    private void forgetAfterTheNextListing(String directory, String name) throws FsException {
        long ino = fs.walk(directory).ino();
        fs.fs.attach(new KernelCache() {
            private boolean done;

            @Override
            public void invalidatePages(long inode) {}

            @Override
            public void invalidateAttributes(long inode) {
                if (inode == ino && !done) {
                    done = true;
                    try {
                        Attributes found = fs.fs.lookup(ino, name, Wait.ALLOWED);
                        fs.fs.forget(found.ino(), Long.MAX_VALUE);
                    } catch (FsException e) {
                        throw new AssertionError(e);
                    }
                }
            }

            @Override
            public void invalidateEntry(long parent, String child) {}
        });
    }

    @Test
    void directoryWhoseFileIsForgottenMeanwhile_isNotEmpty() throws FsException {
        fs.hub.put("d/x", new byte[] {1});
        forgetAfterTheNextListing("d", "x");
        assertThat(FsHarness.errno(() -> fs.rmdir("d"))).isEqualTo(Errno.ENOTEMPTY);
    }

    @Test
    void directoryWhoseFileIsForgottenMeanwhile_isNotReplacedByARename() throws FsException {
        fs.hub.put("d/x", new byte[] {1});
        fs.hub.put("e/y", new byte[] {1});
        forgetAfterTheNextListing("d", "x");
        assertThat(FsHarness.errno(() -> fs.rename("e", "d"))).isEqualTo(Errno.ENOTEMPTY);
        assertThat(fs.hub.files).containsOnlyKeys("d/x", "e/y");
    }

    @Test
    void directoryWhoseFileIsForgottenMeanwhile_showsItAllTheSame() throws FsException {
        fs.hub.put("d/x", new byte[] {1});
        forgetAfterTheNextListing("d", "x");
        long d = fs.walk("d").ino();
        long handle = fs.fs.opendir(d).handle();
        assertThat(read(d, handle)).contains("x");
        fs.fs.releasedir(d, handle);
    }

    @Test
    void nameThatIsForgottenMeanwhile_isStillTaken() throws FsException {
        fs.hub.put("d/x", new byte[] {1});
        forgetAfterTheNextListing("d", "x");
        assertThat(FsHarness.errno(() -> fs.create("d/x"))).isEqualTo(Errno.EEXIST);
        assertThat(FsHarness.errno(() -> fs.mkdir("d/x"))).isEqualTo(Errno.EEXIST);
    }
}
