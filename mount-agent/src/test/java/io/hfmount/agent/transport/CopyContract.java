package io.hfmount.agent.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FileClient;
import io.hfmount.agent.vfs.FileClient.Mode;
import io.hfmount.agent.vfs.FsException;
import java.nio.file.Files;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every way to a bucket owes to applications that copy files inside it with copy_file_range (mount-semantics §2.23):
 * by hash or by bytes, the copy is what the source was.
 */
abstract class CopyContract extends SparseFixture {
    /** Whether a whole published file is copied without its bytes. */
    protected boolean copiesByHash() {
        return true;
    }

    private void copyAll(String from, String to, Mode mode) throws FsException {
        try (FileClient.File source = client().open(from, Mode.READ);
                FileClient.File target = client().open(to, mode)) {
            long size = source.size();
            long done = 0;
            while (done < size) {
                long copied = source.copyRange(done, target, done, size - done);
                assertThat(copied).isPositive();
                done += copied;
            }
        }
    }

    private void movedAsFewBytesAsPromised() {
        assertThat(bucket.fetches() == 0).as("nothing was fetched").isEqualTo(copiesByHash());
    }

    @Test
    void copyOfAPublishedFile_isEqual_andPublishedByItsHash() throws FsException {
        byte[] content = publish("file", 3 * MIB);
        copyAll("file", "copy", Mode.CREATE_NEW);
        assertThat(client().size("copy")).isEqualTo(3 * MIB);
        movedAsFewBytesAsPromised();
        bucket.publishOne();
        movedAsFewBytesAsPromised();
        assertThat(bucket.uploads() == 0).isEqualTo(copiesByHash());
        assertThat(bucket.hash("copy")).isEqualTo(bucket.hash("file"));
        isPublished("copy", content);
        isPublished("file", content);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void editOfACopy_leavesTheSourceAlone(boolean publishedBetween) throws FsException {
        byte[] content = publish("file", 300_000);
        copyAll("file", "copy", Mode.CREATE_NEW);
        if (publishedBetween) {
            bucket.publishOne();
        }
        byte[] edited = content.clone();
        try (FileClient.File copy = client().open("copy", Mode.READ_WRITE)) {
            copy.write(100_000, utf8("edited"));
        }
        put(edited, 100_000, utf8("edited"));
        assertThat(read("file")).isEqualTo(content);
        isEverywhere("copy", edited);
        isPublished("file", content);
    }

    @Test
    void copyOverADirtyTarget_replacesAllOfIt() throws FsException {
        byte[] content = publish("file", 300_000);
        publish("target", 500_000);
        try (FileClient.File target = client().open("target", Mode.READ_WRITE)) {
            target.write(0, randomBytes(600_000, 4));
        }
        copyAll("file", "target", Mode.TRUNCATE);
        movedAsFewBytesAsPromised();
        isEverywhere("target", content);
    }

    @Test
    void copyIntoTheMiddleOfAFile_movesThatRangeAlone() throws FsException {
        byte[] content = publish("file", 100_000);
        byte[] target = publish("target", 200_000);
        try (FileClient.File from = client().open("file", Mode.READ);
                FileClient.File to = client().open("target", Mode.READ_WRITE)) {
            assertThat(from.copyRange(1_000, to, 50_001, 20_000)).isEqualTo(20_000);
        }
        put(target, 50_001, Arrays.copyOfRange(content, 1_000, 21_000));
        goesUpByRange("target", target);
    }

    @Test
    void sourceThatChangesBetweenTwoHalvesOfACopy_isCopiedAsItIsAtEachOfThem() throws FsException {
        byte[] content = publish("file", 200_000);
        try (FileClient.File source = client().open("file", Mode.READ_WRITE);
                FileClient.File copy = client().open("copy", Mode.CREATE_NEW)) {
            assertThat(source.copyRange(0, copy, 0, 100_000)).isEqualTo(100_000);
            source.write(50_000, utf8("first half"));
            source.write(150_000, utf8("second half"));
            assertThat(source.copyRange(100_000, copy, 100_000, 100_000)).isEqualTo(100_000);
        }
        byte[] copied = content.clone();
        put(copied, 150_000, utf8("second half"));
        assertThat(read("copy")).isEqualTo(copied);
        put(content, 50_000, utf8("first half"));
        put(content, 150_000, utf8("second half"));
        assertThat(read("file")).isEqualTo(content);
        bucket.publish();
        isPublished("copy", copied);
        isPublished("file", content);
    }

    @Test
    void copyOfAnUnpublishedFile_isEqual() throws FsException {
        byte[] content = randomBytes(200_000, 6);
        try (FileClient.File file = client().open("file", Mode.CREATE_NEW)) {
            file.write(0, content);
        }
        copyAll("file", "copy", Mode.CREATE_NEW);
        assertThat(read("copy")).isEqualTo(content);
        bucket.publish();
        isPublished("copy", content);
    }

    @Test
    void copyOfAFileToItself_changesNothingIfItOverlaps() throws FsException {
        byte[] content = publish("file", 200_000);
        try (FileClient.File source = client().open("file", Mode.READ);
                FileClient.File target = client().open("file", Mode.READ_WRITE)) {
            refuses(Errno.EINVAL, () -> source.copyRange(0, target, 0, 200_000));
            refuses(Errno.EINVAL, () -> source.copyRange(0, target, 100, 200));
            assertThat(bucket.isClean()).isTrue();
            assertThat(source.copyRange(0, target, 150_000, 1_000)).isEqualTo(1_000);
        }
        put(content, 150_000, Arrays.copyOf(content, 1_000));
        goesUpByRange("file", content);
    }

    /** Files of the staging directory; for tests of what stays. */
    protected long stagingFiles() throws java.io.IOException {
        try (var files = Files.list(temp.resolve("staging/data"))) {
            return files.count();
        }
    }

    @Test
    void publishedAndClosedFiles_leaveNothingIncompleteOnTheLocalDisk() throws Exception {
        byte[] content = publish("file", 200_000);
        copyAll("file", "copy", Mode.CREATE_NEW);
        try (FileClient.File file = client().open("file", Mode.READ_WRITE)) {
            file.write(10, utf8("x"));
        }
        put(content, 10, utf8("x"));
        bucket.publish();
        isPublished("file", content);
        org.awaitility.Awaitility.await()
                .untilAsserted(() -> assertThat(stagingFiles()).isLessThanOrEqualTo(copiesByHash() ? 0 : 1));
    }
}
