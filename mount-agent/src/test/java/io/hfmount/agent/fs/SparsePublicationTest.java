package io.hfmount.agent.fs;

import static io.hfmount.agent.fs.FsHarness.errno;
import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.Caller;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.OpenFlags;
import io.hfmount.hub.HubFile;
import io.hfmount.model.ContentHash;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

/**
 * What is published of an edit, by which route, and what stays when it fails (mount-semantics §3). Names with underscores alone are those of
 * §10.2 and §10.3.
 */
class SparsePublicationTest extends SparseFixture {
    @Test
    void changeThatIsTakenBack_makesNoRequestAndKeepsHashAndTime() throws FsException {
        long handle = openBase();
        Instant before = publishedMtime();
        write(handle, 30, "x");
        fs.truncate("a", 26);
        fs.advance(Duration.ofSeconds(5));
        Instant mtime = fs.walk("a").mtime();
        fs.hub.calls.clear();
        flush(UploadRoute.UNCHANGED);
        assertThat(calls("BATCH")).isEmpty();
        assertThat(publishedMtime()).isEqualTo(before);
        assertThat(fs.walk("a").mtime()).isEqualTo(mtime);
        assertThat(fs.isDirty("a")).isFalse();
        assertThat(read(handle)).isEqualTo(BASE);
        fs.close(handle);
    }

    @Test
    void writeDuringTheUpload_isNotInItAndGoesNext_H07() throws FsException {
        long handle = openBase();
        write(handle, 5, "one");
        fs.flush.beforeCommit = () -> {
            try {
                write(handle, 5, "two");
                write(handle, 20, "!");
            } catch (FsException e) {
                throw new AssertionError(e);
            }
        };
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo("abcdeoneijklmnopqrstuvwxyz");
        assertThat(fs.isDirty("a")).as("H-06").isTrue();
        fs.flush.beforeCommit = () -> {};
        assertThat(sealedEdit().base())
                .as("the base stays while the generation moved (H-58)")
                .isEqualTo(MemoryHub.hash(bytes(BASE)));
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo("abcdetwoijklmnopqrst!vwxyz");
        fs.close(handle);
    }

    @Test
    void changesWhileSealed_reachNeitherTheEditsNorTheLocalBase_H07() throws FsException, IOException {
        byte[] base = new byte[300_000];
        new SplittableRandom(3).nextBytes(base);
        fs.hub.put("a", base);
        long handle = fs.open("a", OpenFlags.READ_WRITE);
        fs.read(handle, 0, 100_000);
        write(handle, 150_000, "one");
        byte[] expected = base.clone();
        System.arraycopy(bytes("one"), 0, expected, 150_000, 3);
        try (SealedFile sealed = fs.flush.publication.seal(fs.walk("a").ino()).orElseThrow()) {
            write(handle, 150_001, "two");
            write(handle, 50_000, "two");
            fs.truncate("a", 60_000);
            assertThat(fs.hub.compose(sealed)).isEqualTo(expected);
            assertThat(sealed.size()).as("H-28").isEqualTo(300_000);
            assertThat(sealed.isWhole()).isFalse();
            Assertions.assertThatThrownBy(() -> ManualFlush.read(sealed, 120_000, 10))
                    .as("a hole cannot even be read (E5)")
                    .isInstanceOf(IOException.class);
        }
        fs.close(handle);
        fs.flush.flushAll();
        byte[] next = Arrays.copyOf(base, 60_000);
        System.arraycopy(bytes("two"), 0, next, 50_000, 3);
        assertThat(fs.hub.bytes("a")).isEqualTo(next);
    }

    @Test
    void truncationOfAHugeSealedFile_keepsOnlyWhatWasWritten() throws FsException, IOException {
        try (HugeBase huge = new HugeBase(1L << 36)) {
            FsHarness big = huge.harness;
            long handle = big.open("big", OpenFlags.READ_WRITE);
            big.write(handle, 1_000_000, bytes("edit"));
            try (SealedFile sealed =
                    big.flush.publication.seal(big.walk("big").ino()).orElseThrow()) {
                big.truncate("big", 10);
                assertThat(sealed.broken()).isFalse();
                assertThat(ManualFlush.read(sealed, 1_000_000, 4)).isEqualTo(bytes("edit"));
                assertThat(sealed.edit().changes()).hasSize(1);
            }
            big.close(handle);
        }
    }

    /** A published file that is far larger than any disk here. */
    private static final class HugeBase implements AutoCloseable {
        final FsHarness harness = new FsHarness(FsSettings.defaults(0, 0).withSparseMinSize(0));

        HugeBase(long size) {
            harness.hub.files.put("big", new HubFile("big", size, new ContentHash(9, 9, 9, 9), Instant.EPOCH));
        }

        @Override
        public void close() {
            harness.close();
        }
    }

    @Test
    void oneByteOfAHugeFile_opensAndSealsWithoutADownload() throws FsException {
        try (HugeBase huge = new HugeBase(1L << 40)) {
            FsHarness big = huge.harness;
            long handle = big.open("big", OpenFlags.READ_WRITE);
            big.write(handle, 1L << 39, bytes("X"));
            assertThat(big.area.bytes()).isEqualTo(1);
            try (SealedFile sealed =
                    big.flush.publication.seal(big.walk("big").ino()).orElseThrow()) {
                assertThat(sealed.route()).isEqualTo(UploadRoute.RANGE);
                assertThat(sealed.edit().newBytes()).isEqualTo(1);
                assertThat(sealed.size()).isEqualTo(1L << 40);
            }
            assertThat(big.hub.calls).noneMatch(c -> c.startsWith("GET") || c.startsWith("READ"));
            big.close(handle);
        }
    }

    @Test
    void renamedEdit_isComposedOnItsBase_H57() throws FsException {
        long handle = openBase();
        write(handle, 0, "X");
        fs.rename("a", "b");
        fs.close(handle);
        flush(UploadRoute.RANGE);
        assertThat(fs.hub.bytes("b")).isEqualTo(bytes("X" + BASE.substring(1)));
        assertThat(fs.hub.files).doesNotContainKey("a");
    }

    @Test
    void unlinkedEdit_staysReadableAndIsNotPublished() throws FsException {
        long handle = openBase();
        write(handle, 0, "X");
        fs.unlink("a");
        assertThat(read(handle)).isEqualTo("X" + BASE.substring(1));
        fs.close(handle);
        fs.flush.flushAll();
        assertThat(fs.hub.files).isEmpty();
        assertThat(fs.area.bytes()).isZero();
    }

    @Test
    void vanishedBase_losesNothingThatWasWritten() throws FsException {
        long handle = openBase();
        write(handle, 0, "mine");
        byte[] base = fs.hub.content.remove(MemoryHub.hash(bytes(BASE)));
        flush(UploadRoute.RANGE);
        assertThat(fs.isDirty("a")).isTrue();
        assertThat(errno(() -> fs.fs.flush(0, handle, Caller.SELF))).isEqualTo(Errno.EIO);
        assertThat(read(handle, 0, 4)).isEqualTo("mine");
        assertThat(errno(() -> read(handle, 0, 10))).as("never zeros").isEqualTo(Errno.EIO);
        fs.hub.content.put(MemoryHub.hash(base), base);
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo("mine" + BASE.substring(4));
        fs.close(handle);
    }

    @Test
    void vanishedStaging_isReportedOnceAndTheBaseReturns_H29() throws FsException, IOException {
        long handle = openBase();
        write(handle, 0, "X");
        for (Path file : stagingFiles("*")) {
            Files.delete(file);
        }
        fs.flush.flushAll();
        assertThat(fs.isDirty("a")).isFalse();
        assertThat(errno(() -> fs.fs.flush(0, handle, Caller.SELF))).isEqualTo(Errno.EIO);
        fs.fs.release(0, handle);
        assertThat(new String(fs.cat("a"), StandardCharsets.UTF_8)).isEqualTo(BASE);
    }

    @Test
    void refusedPublication_leavesTheEditAsItWas() throws FsException {
        long handle = openBase();
        write(handle, 0, "X");
        fs.hub.faults.add(MemoryHub.Fault.REFUSED);
        fs.flush.flushAll();
        assertThat(fs.isDirty("a")).isTrue();
        assertThat(read(handle)).isEqualTo("X" + BASE.substring(1));
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo("X" + BASE.substring(1));
        assertThat(errno(() -> fs.close(handle))).isNull();
    }

    @Test
    void unpublishedEdit_isListedWithItsBase() throws FsException, IOException {
        long handle = openBase();
        write(handle, 2, "XX");
        fs.fs.release(0, handle);
        fs.fs.abandon();
        assertThat(stagingFiles("*.tsv"))
                .singleElement()
                .satisfies(list -> assertThat(Files.readString(list))
                        .contains("\t26\ta\tbase " + MemoryHub.hash(bytes(BASE)).text()
                                + " of 26 bytes, written {[2,4)}"));
    }

    @Test
    void routes_followTheTable() {
        ContentHash base = new ContentHash(1, 2, 3, 4);
        EditState empty = EditState.empty(base, 100);
        EditState full = EditState.full(base, 100);
        assertThat(UploadRoute.of(null, 100, true)).isEqualTo(UploadRoute.FULL);
        assertThat(UploadRoute.of(empty, 100, false)).isEqualTo(UploadRoute.UNCHANGED);
        assertThat(UploadRoute.of(full, 100, false)).isEqualTo(UploadRoute.UNCHANGED);
        assertThat(UploadRoute.of(full.trackWrite(0, 25, 100), 100, true)).isEqualTo(UploadRoute.RANGE);
        assertThat(UploadRoute.of(full.trackWrite(0, 26, 100), 100, true)).isEqualTo(UploadRoute.FULL);
        assertThat(UploadRoute.of(full.trackWrite(0, 1, 100), 100, false)).isEqualTo(UploadRoute.FULL);
        assertThat(UploadRoute.of(empty.trackWrite(0, 99, 100), 100, false)).isEqualTo(UploadRoute.RANGE);
        assertThat(UploadRoute.of(empty.resize(100, 50), 50, false)).isEqualTo(UploadRoute.RANGE);
    }
}
