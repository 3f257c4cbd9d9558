package io.hfmount.transport.jnr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.agent.vfs.Attributes;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FileKind;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.OpenResult;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import ru.serce.jnrfuse.struct.FileStat;

/** What is written in place is what C, by jnr-fuse's own reading of it, finds there. */
final class NativeStructsTest {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment memory = arena.allocate(512, 8);
    private final Pointer pointer = Pointer.wrap(Runtime.getSystemRuntime(), memory.address());

    @AfterEach
    void free() {
        arena.close();
    }

    @Test
    void stat_isReadBackByTheBinding() {
        Attributes attributes = new Attributes(
                0x1_0000_0001L,
                FileKind.FILE,
                0640,
                3,
                -2,
                1001,
                5_000_000_000L,
                Instant.ofEpochSecond(-5, 999_999_999),
                Instant.ofEpochSecond(1_700_000_000, 1),
                Instant.ofEpochSecond(4_000_000_000L, 2));

        NativeStructs.putStat(pointer, attributes);

        FileStat stat = FileStat.of(pointer);
        assertThat(stat.st_ino.longValue()).isEqualTo(0x1_0000_0001L);
        assertThat(stat.st_mode.intValue()).isEqualTo(0100640);
        assertThat(stat.st_nlink.intValue()).isEqualTo(3);
        assertThat(stat.st_uid.intValue()).isEqualTo(-2);
        assertThat(stat.st_gid.intValue()).isEqualTo(1001);
        assertThat(stat.st_size.longValue()).isEqualTo(5_000_000_000L);
        assertThat(stat.st_blocks.longValue()).isEqualTo(9_765_625);
        assertThat(stat.st_atim.tv_sec.longValue()).isEqualTo(-5);
        assertThat(stat.st_atim.tv_nsec.longValue()).isEqualTo(999_999_999);
        assertThat(stat.st_mtim.tv_sec.longValue()).isEqualTo(1_700_000_000);
        assertThat(stat.st_ctim.tv_nsec.longValue()).isEqualTo(2);
    }

    @Test
    void openBits_areThoseOfTheHeader() {
        memory.set(ValueLayout.JAVA_INT, 0, 02002);
        assertThat(NativeStructs.openFlags(pointer)).isEqualTo(02002);

        NativeStructs.putHandle(pointer, 77, new OpenResult(5, true, false));
        assertThat(memory.get(ValueLayout.JAVA_BYTE, 20)).isEqualTo((byte) 1);
        assertThat(memory.get(ValueLayout.JAVA_LONG, 24)).isEqualTo(77);
        assertThat(NativeStructs.handle(pointer)).isEqualTo(77);

        memory.set(ValueLayout.JAVA_BYTE, 20, (byte) 0);
        NativeStructs.putHandle(pointer, 78, new OpenResult(5, false, true));
        assertThat(memory.get(ValueLayout.JAVA_BYTE, 20)).isEqualTo((byte) 2);
    }

    @Test
    void times_knowNowAndLeave() throws FsException {
        Instant now = Instant.ofEpochSecond(42);
        memory.set(ValueLayout.JAVA_LONG, 8, (1L << 30) - 1);
        memory.set(ValueLayout.JAVA_LONG, 24, (1L << 30) - 2);
        assertThat(NativeStructs.time(pointer, 0, now)).isEqualTo(now);
        assertThat(NativeStructs.time(pointer, 1, now)).isNull();

        memory.set(ValueLayout.JAVA_LONG, 0, -3);
        memory.set(ValueLayout.JAVA_LONG, 8, 7);
        assertThat(NativeStructs.time(pointer, 0, now)).isEqualTo(Instant.ofEpochSecond(-3, 7));

        memory.set(ValueLayout.JAVA_LONG, 24, 1_000_000_000);
        assertThatThrownBy(() -> NativeStructs.time(pointer, 1, now))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
    }
}
