package io.hfmount.agent.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FileClient;
import io.hfmount.agent.vfs.FileClient.Mode;
import io.hfmount.agent.vfs.FsException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every way to a bucket owes to applications that edit published files (mount-semantics §10.2): the port called in
 * this process, and each engine through the kernel.
 */
public abstract class SparseFileContract extends CopyContract {
    private static final int KEEP_SIZE = 1;
    private static final int PUNCH_HOLE = 2;
    private static final int COLLAPSE_RANGE = 8;
    private static final int ZERO_RANGE = 16;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;

    // ---- opening and writing ----

    @Test
    void openForWriting_ofALargePublishedFile_fetchesNothing_andACloseChangesNothing() throws FsException {
        byte[] content = publish("file", 8 * MIB);
        try (FileClient.File file = client().open("file", Mode.READ_WRITE)) {
            assertThat(file.size()).isEqualTo(8 * MIB);
        }
        assertThat(bucket.fetches()).isZero();
        assertThat(bucket.stagedBytes()).isZero();
        assertThat(bucket.isClean()).isTrue();
        assertThat(bucket.publish().files()).isEmpty();
        assertThat(bucket.uploads()).isZero();
        isPublished("file", content);
    }

    @Test
    void writesAndAppends_toAFileThatNobodyRead_fetchNothing() throws FsException {
        byte[] content = Arrays.copyOf(publish("file", 3 * MIB), 3 * MIB + 7);
        try (FileClient.File file = client().open("file", Mode.READ_WRITE)) {
            file.write(MIB + 17, utf8("in the middle"));
            file.write(3 * MIB, utf8("the end"));
        }
        put(content, MIB + 17, utf8("in the middle"));
        put(content, 3 * MIB, utf8("the end"));
        assertThat(bucket.fetches()).isZero();
        assertThat(bucket.stagedBytes()).isLessThan(64 * 1024);
        goesUpByRange("file", content);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void writeInTheMiddle_leavesPrefixAndSuffixIntact(boolean readFirst) throws FsException {
        byte[] content = publish("file", 300_000);
        try (FileClient.File file = client().open("file", Mode.READ_WRITE)) {
            file.write(123_456, utf8("written"));
        }
        put(content, 123_456, utf8("written"));
        isRight("file", content, readFirst);
    }

    @Test
    void readOverWrittenAndUnreadBytes_showsBothAtOnce() throws FsException {
        byte[] content = publish("file", 300_000);
        try (FileClient.File file = client().open("file", Mode.READ_WRITE)) {
            file.write(5_000, randomBytes(10_000, 1));
            put(content, 5_000, randomBytes(10_000, 1));
            assertThat(file.read(0, 40_000)).isEqualTo(Arrays.copyOf(content, 40_000));
            assertThat(file.read(14_999, 3)).isEqualTo(Arrays.copyOfRange(content, 14_999, 15_002));
        }
        goesUpByRange("file", content);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void writePastTheEnd_fillsTheGapWithZeros(boolean readFirst) throws FsException {
        byte[] content = Arrays.copyOf(publish("file", 100_001), 200_005);
        try (FileClient.File file = client().open("file", Mode.READ_WRITE)) {
            file.write(200_000, utf8("later"));
        }
        put(content, 200_000, utf8("later"));
        isRight("file", content, readFirst);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void writeAtTheStart_isSeenThroughTheSameHandle(boolean readFirst) throws FsException {
        byte[] content = publish("file", 100_000);
        try (FileClient.File file = client().open("file", Mode.READ_WRITE)) {
            file.write(0, utf8("PREFIX"));
            put(content, 0, utf8("PREFIX"));
            assertThat(file.read(0, readFirst ? 200_000 : 10))
                    .isEqualTo(Arrays.copyOf(content, readFirst ? 100_000 : 10));
        }
        isRight("file", content, readFirst);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void severalWrites_composeExactly_andAgainAfterEachPublication(boolean readFirst) throws FsException {
        byte[] content = publish("file", 500_000);
        try (FileClient.File file = client().open("file", Mode.READ_WRITE)) {
            for (int round = 0; round < 3; round++) {
                for (int at : new int[] {1_000 + round, 250_000 - round, 499_000}) {
                    byte[] piece = randomBytes(333, at + round);
                    file.write(at, piece);
                    put(content, at, piece);
                }
                isRight("file", content, readFirst);
            }
        }
    }

    @Test
    void roundTripOf512KiB_isEqual() throws FsException {
        byte[] content = randomBytes(512 * 1024, 3);
        try (FileClient.File file = client().open("file", Mode.CREATE_NEW)) {
            file.write(0, content);
        }
        isEverywhere("file", content);
        assertThat(read("file")).isEqualTo(content);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void editOf1KiBIn512KiB_isRightAtOnceAndAfterTheRangeUpload(boolean readFirst) throws FsException {
        byte[] content = publish("file", 512 * 1024);
        try (FileClient.File file = client().open("file", Mode.READ_WRITE)) {
            file.write(200_000, randomBytes(1024, 9));
        }
        put(content, 200_000, randomBytes(1024, 9));
        isRight("file", content, readFirst);
    }

    @Test
    void appendingDescriptors_addToAFileThatNobodyRead() throws FsException {
        byte[] content = publish("file", 100_000);
        for (int i = 0; i < 20; i++) {
            byte[] line = utf8("line " + i + "\n");
            try (FileClient.File file = client().open("file", Mode.APPEND)) {
                file.write(0, line);
            }
            content = Arrays.copyOf(content, content.length + line.length);
            put(content, content.length - line.length, line);
        }
        assertThat(bucket.fetches()).isZero();
        goesUpByRange("file", content);
    }

    // ---- sizes ----

    @ParameterizedTest
    @CsvSource({"1", "65536", "99999", "100001", "300000"})
    void truncation_ofAFileThatNobodyRead_fetchesNothing(int size) throws FsException {
        byte[] content = Arrays.copyOf(publish("file", 100_000), size);
        try (FileClient.File file = client().open("file", Mode.READ_WRITE)) {
            file.truncate(size);
            grow(file, size);
        }
        assertThat(bucket.fetches()).isZero();
        assertThat(client().size("file")).isEqualTo(size);
        goesUpByRange("file", content);
    }

    /** Java's channels only shrink: bytes of zero at the new end do the same. */
    private static void grow(FileClient.File file, int size) throws FsException {
        if (file.size() < size) {
            file.allocate(0, 0, size);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shrunkAndGrownFile_hasZerosWhereItWasCut(boolean readFirst) throws FsException {
        byte[] content = publish("file", 100_000);
        try (FileClient.File file = client().open("file", Mode.READ_WRITE)) {
            file.truncate(40_001);
            grow(file, 90_000);
            if (readFirst) {
                assertThat(file.read(40_000, 10)).isEqualTo(Arrays.copyOf(new byte[] {content[40_000]}, 10));
            }
        }
        isRight("file", Arrays.copyOf(Arrays.copyOf(content, 40_001), 90_000), readFirst);
    }

    @Test
    void openWithTruncation_fetchesNothing_andWhatIsWrittenIsAll() throws FsException {
        publish("file", 100_000);
        try (FileClient.File file = client().open("file", Mode.TRUNCATE)) {
            assertThat(client().size("file")).isZero();
            file.write(3, utf8("new"));
        }
        assertThat(bucket.fetches()).isZero();
        isEverywhere("file", new byte[] {0, 0, 0, 'n', 'e', 'w'});
    }

    @Test
    void truncationToNothing_publishesTheEmptyFile() throws FsException {
        publish("file", 100_000);
        try (FileClient.File file = client().open("file", Mode.READ_WRITE)) {
            file.truncate(0);
        }
        assertThat(bucket.fetches()).isZero();
        isEverywhere("file", new byte[0]);
    }

    // ---- fallocate, lseek ----

    @Test
    void fallocate_growsWithZeros_andWithinTheFileChangesNothing() throws FsException {
        byte[] content = publish("file", 100_000);
        try (FileClient.File file = client().open("file", Mode.READ_WRITE)) {
            file.allocate(0, 10, 500);
            file.allocate(KEEP_SIZE, 99_000, 500_000);
            assertThat(file.size()).isEqualTo(100_000);
            assertThat(bucket.isClean()).isTrue();
            file.allocate(0, 99_000, 5_000);
        }
        assertThat(bucket.fetches()).isZero();
        goesUpByRange("file", Arrays.copyOf(content, 104_000));
    }

    @ParameterizedTest
    @ValueSource(ints = {PUNCH_HOLE | KEEP_SIZE, ZERO_RANGE, ZERO_RANGE | KEEP_SIZE})
    void zeroedRange_readsAsZerosAndIsPublishedSo(int mode) throws FsException {
        byte[] content = publish("file", 100_000);
        try (FileClient.File file = client().open("file", Mode.READ_WRITE)) {
            file.allocate(mode, 30_001, 5_000);
            Arrays.fill(content, 30_001, 35_001, (byte) 0);
            assertThat(file.read(30_000, 5_002)).isEqualTo(Arrays.copyOfRange(content, 30_000, 35_002));
            file.allocate(mode, 99_990, 100);
            Arrays.fill(content, 99_990, 100_000, (byte) 0);
        }
        goesUpByRange("file", Arrays.copyOf(content, mode == ZERO_RANGE ? 100_090 : 100_000));
    }

    @Test
    void fallocate_thatMovesBytes_isNotSupported() throws FsException {
        publish("file", 100_000);
        try (FileClient.File file = client().open("file", Mode.READ_WRITE)) {
            refuses(Errno.EOPNOTSUPP, () -> file.allocate(COLLAPSE_RANGE, 0, 4096));
            refuses(Errno.EOPNOTSUPP, () -> file.allocate(PUNCH_HOLE, 0, 4096));
        }
        assertThat(bucket.isClean()).isTrue();
    }

    @Test
    void seekForDataAndHoles_findsADenseFile_whateverIsOnTheLocalDisk() throws FsException {
        publish("file", 300_000);
        try (FileClient.File file = client().open("file", Mode.READ_WRITE)) {
            file.write(150_000, utf8("written"));
            file.allocate(PUNCH_HOLE | KEEP_SIZE, 200_000, 50_000);
            for (long at : new long[] {0, 7, 150_003, 210_000, 299_999}) {
                assertThat(file.seek(at, SEEK_DATA)).isEqualTo(at);
                assertThat(file.seek(at, SEEK_HOLE)).isEqualTo(300_000);
            }
            refuses(Errno.ENXIO, () -> file.seek(300_000, SEEK_DATA));
            refuses(Errno.ENXIO, () -> file.seek(300_001, SEEK_HOLE));
        }
        assertThat(bucket.fetches()).isZero();
    }
}
