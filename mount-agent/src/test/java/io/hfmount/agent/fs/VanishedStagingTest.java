package io.hfmount.agent.fs;

import static io.hfmount.agent.fs.FsHarness.errno;
import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.Caller;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.OpenFlags;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Somebody removes staging files of changes that are not published yet: terminal, said once, no retry loop (H-29). */
class VanishedStagingTest extends SparseFixture {
    private void removeStaging() throws IOException {
        for (Path file : stagingFiles("*")) {
            Files.delete(file);
        }
    }

    private long lostEdit(long offset, String text) throws FsException, IOException {
        long handle = openBase();
        write(handle, offset, text);
        removeStaging();
        return handle;
    }

    private String cat() throws FsException {
        return new String(fs.cat("a"), StandardCharsets.UTF_8);
    }

    @Test
    void theSealItself_reportsTheLossToEveryHandleOnce() throws FsException, IOException {
        long handle = lostEdit(0, "X");
        long reader = fs.open("a", OpenFlags.READ_ONLY);
        long ino = fs.walk("a").ino();
        assertThat(errno(() -> fs.flush.publication.seal(ino))).isEqualTo(Errno.EIO);
        assertThat(fs.flush.publication.seal(ino)).as("clean: no retry loop").isEmpty();
        assertThat(errno(() -> fs.fs.fsync(0, handle, false))).isEqualTo(Errno.EIO);
        assertThat(errno(() -> fs.fs.fsync(0, handle, false))).isNull();
        assertThat(errno(() -> fs.fs.fsync(0, reader, false))).isEqualTo(Errno.EIO);
        fs.fs.release(0, handle);
        fs.fs.release(0, reader);
    }

    @Test
    void nothingOfTheLostEdit_isLeftBehind() throws FsException, IOException {
        long handle = lostEdit(0, "XYZ");
        fs.flush.flushAll();
        fs.fs.checkInvariants();
        assertThat(fs.area.bytes()).as("its file is let go of").isZero();
        assertThat(fs.inode("a").edit).isNull();
        assertThat(read(handle)).isEqualTo(BASE);
        assertThat(errno(() -> write(handle, 0, "X")))
                .as("a writer from before")
                .isEqualTo(Errno.EIO);
        fs.fs.release(0, handle);
        assertThat(fs.flush.routes).isEmpty();
        assertThat(published()).isEqualTo(BASE);
    }

    @Test
    void lostGrowth_showsTheBaseAgainThoughTheWriterIsStillThere() throws FsException, IOException {
        long handle = lostEdit(26, " and what is lost");
        assertThat(fs.walk("a").size()).isEqualTo(43);
        fs.flush.flushAll();
        assertThat(fs.walk("a").size()).isEqualTo(26);
        assertThat(read(handle)).isEqualTo(BASE);
        fs.fs.release(0, handle);
    }

    @Test
    void pagesThatTheKernelHasOfTheLostBytes_areNotKept() throws FsException, IOException {
        long handle = lostEdit(0, "X");
        long ino = fs.walk("a").ino();
        fs.fs.release(0, fs.fs.open(ino, OpenFlags.READ_ONLY, Caller.SELF).handle());
        fs.flush.flushAll();
        fs.fs.release(0, handle);
        var open = fs.fs.open(ino, OpenFlags.READ_ONLY, Caller.SELF);
        assertThat(open.keepCache()).isFalse();
        fs.fs.release(0, open.handle());
    }

    @Test
    void theHubIsAskedAgain_andItsNewerVersionTaken() throws FsException, IOException {
        long handle = lostEdit(0, "X");
        fs.flush.flushAll();
        fs.fs.release(0, handle);
        assertThat(fs.isDirty("a")).isFalse();
        remote("0123456789-newer");
        assertThat(cat()).as("no time to live covers what was lost").isEqualTo("0123456789-newer");
        long next = fs.open("a", OpenFlags.READ_WRITE);
        write(next, 0, "X");
        fs.fs.release(0, next);
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo("X123456789-newer");
    }

    @Test
    void lostFileThatTheHubNeverHad_isEmptyAndCanBeWrittenAgain() throws FsException, IOException {
        fs.put("a", bytes("never published"));
        removeStaging();
        fs.flush.flushAll();
        assertThat(fs.isDirty("a")).isFalse();
        assertThat(fs.walk("a").size()).isZero();
        assertThat(cat()).isEmpty();
        assertThat(fs.hub.files).isEmpty();
        fs.overwrite("a", bytes("again"));
        flush(UploadRoute.FULL);
        assertThat(published()).isEqualTo("again");
    }

    /** The rename waits for the publication of what is lost now; without it the old name has the only content left. */
    @Test
    void lostFileThatWasRenamed_takesNoPublishedContentWithIt_H57() throws FsException, IOException {
        long handle = openBase();
        write(handle, 0, "X");
        fs.rename("a", "b");
        removeStaging();
        fs.flush.flushAll();
        fs.flush.flushAll();
        fs.fs.release(0, handle);
        assertThat(published()).isEqualTo(BASE);
        assertThat(fs.flush.publication.deletesQueued()).isZero();
        fs.advance(Duration.ofMinutes(5));
        fs.poll();
        assertThat(cat()).isEqualTo(BASE);
    }
}
