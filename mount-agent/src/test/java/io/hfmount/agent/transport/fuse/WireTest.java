package io.hfmount.agent.transport.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.Attributes;
import io.hfmount.agent.vfs.FileKind;
import io.hfmount.agent.vfs.FsStatistics;
import io.hfmount.agent.vfs.OpenResult;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Fixed little-endian bytes, written down from the kernel's header. */
final class WireTest {
    private static final Attributes FILE = new Attributes(
            0x0102030405060708L,
            FileKind.FILE,
            0640,
            3,
            1000,
            100,
            1025,
            Instant.ofEpochSecond(-1, 5),
            Instant.ofEpochSecond(2, 999_999_999),
            Instant.ofEpochSecond(0x100000000L, 7));

    private static final String ATTR = "0807060504030201" // ino
            + "0104000000000000" // size
            + "0300000000000000" // blocks
            + "ffffffffffffffff" // atime
            + "0200000000000000" // mtime
            + "0000000001000000" // ctime
            + "05000000" // atimensec
            + "ffc99a3b" // mtimensec
            + "07000000" // ctimensec
            + "a0810000" // mode 0100640
            + "03000000" // nlink
            + "e8030000" // uid
            + "64000000" // gid
            + "00000000" // rdev
            + "00100000" // blksize
            + "00000000"; // flags

    private final MemorySegment out = Arena.ofAuto().allocate(4096, 8).fill((byte) 0xEE);

    @Test
    void attr_isEncodedFieldByField() {
        Wire.putAttr(out, 0, FILE);
        assertThat(hex(0, Wire.ATTR_SIZE)).isEqualTo(ATTR);
    }

    @Test
    void attrOut_carriesTheTimeOutInSecondsAndNanoseconds() {
        Wire.putAttrOut(out, 0, FILE, 1_500);
        assertThat(hex(0, Wire.ATTR_OUT_SIZE)).isEqualTo("0100000000000000" + "0065cd1d" + "00000000" + ATTR);
    }

    @Test
    void entryOut_carriesNodeGenerationZeroAndBothTimeOuts() {
        Wire.putEntry(out, 8, FILE, 2_001);
        assertThat(hex(8, Wire.ENTRY_OUT_SIZE))
                .isEqualTo("0807060504030201" + "0000000000000000" + "0200000000000000" + "0200000000000000"
                        + "40420f00" + "40420f00" + ATTR);
    }

    @Test
    void openOut_carriesHandleAndCacheFlags() {
        Wire.putOpen(out, 0, new OpenResult(0x11, true, false));
        assertThat(hex(0, 16)).isEqualTo("1100000000000000" + "01000000" + "00000000");
        Wire.putOpen(out, 0, new OpenResult(-2, false, true));
        assertThat(hex(0, 16)).isEqualTo("feffffffffffffff" + "02000000" + "00000000");
    }

    @Test
    void statfsOut_isEncodedFieldByField() {
        Wire.putStatfs(out, 0, new FsStatistics(4096, 10, 4, 20, 6, 255));
        assertThat(hex(0, Wire.STATFS_OUT_SIZE))
                .isEqualTo("0a00000000000000" + "0400000000000000" + "0400000000000000" + "1400000000000000"
                        + "0600000000000000" + "00100000" + "ff000000" + "00100000" + "00000000"
                        + "00".repeat(24));
    }

    @Test
    void directoryEntries_arePaddedAndStopWhereTheReplyIsFull() {
        DirectoryReply entries = new DirectoryReply(out.asSlice(0, 32 + 32 + 31), false, 0);

        assertThat(entries.offer("ab", 7, FileKind.DIRECTORY, 1, null)).isTrue();
        assertThat(entries.offer("12345678", 8, FileKind.SYMLINK, 2, null)).isTrue();
        assertThat(entries.offer("c", 9, FileKind.FILE, 3, null)).isFalse();

        assertThat(entries.used()).isEqualTo(64);
        assertThat(entries.tooSmall()).isFalse();
        assertThat(hex(0, 64))
                .isEqualTo("0700000000000000" + "0100000000000000" + "02000000" + "04000000" + "6162" + "000000000000"
                        + "0800000000000000" + "0200000000000000" + "08000000" + "0a000000"
                        + HexFormat.of().formatHex("12345678".getBytes(StandardCharsets.US_ASCII)));
    }

    @Test
    void directoryEntriesPlus_haveNodeZeroForDots_andAreTakenBackByNode() {
        DirectoryReply entries = new DirectoryReply(out, true, 1_000);
        entries.offer(".", 1, FileKind.DIRECTORY, 1, FILE);
        entries.offer("file", FILE.ino(), FileKind.FILE, 2, FILE);
        entries.offer("unknown", 5, FileKind.FILE, 3, null);

        assertThat(out.get(ValueLayout.JAVA_LONG_UNALIGNED, 0)).isZero();
        assertThat(out.get(ValueLayout.JAVA_LONG_UNALIGNED, 160 + Wire.ENTRY_OUT_SIZE))
                .as("inode in the dirent")
                .isEqualTo(FILE.ino());
        List<Long> takenBack = new ArrayList<>();
        entries.undo(new io.hfmount.agent.vfs.MemoryFileSystem() {
            @Override
            public synchronized void forget(long ino, long count) {
                assertThat(count).isEqualTo(1);
                takenBack.add(ino);
            }
        });
        assertThat(takenBack).containsExactly(FILE.ino());
    }

    @Test
    void directoryReply_withoutRoomForTheFirstEntry_saysSo() {
        DirectoryReply entries = new DirectoryReply(out.asSlice(0, 24), false, 0);
        assertThat(entries.offer("a", 1, FileKind.FILE, 1, null)).isFalse();
        assertThat(entries.tooSmall()).isTrue();
    }

    private String hex(long at, int length) {
        return HexFormat.of().formatHex(out.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE));
    }
}
