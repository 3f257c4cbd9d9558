package io.hfmount.agent.transport.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

final class InitNegotiationTest {
    private static final int MIB = 1 << 20;

    @Test
    void currentKernel_getsTheWantedFlagsThatItOffers() throws IOException {
        InitNegotiation agreed = InitNegotiation.of(init(7, 45, 0x73fffffb, 0x5fd), MIB);

        assertThat(agreed.protocol()).isEqualTo("7.45");
        assertThat(agreed.maxWrite()).isEqualTo(MIB);
        assertThat(agreed.flags()).doesNotContain(InitFlag.WRITEBACK_CACHE);
        assertThat(reply(agreed))
                .isEqualTo("07000000" + "2d000000" + "00000200" + "29f0e440" + "4000" + "3000" + "00001000" + "01000000"
                        + "0001" + "0000" + "10000000" + "00".repeat(28));
    }

    @Test
    void flags_areExactlyThoseOfTheTable() throws IOException {
        InitNegotiation agreed = InitNegotiation.of(init(7, 45, -1, -1), MIB);
        // bits 0, 3, 5, 12, 13, 14, 15, 18, 21, 22, 23, 30
        assertThat(flagsOf(agreed)).isEqualTo("29f0e440");
    }

    @Test
    void newerKernel_isSpokenToInOurVersion() throws IOException {
        assertThat(InitNegotiation.of(init(7, 99, -1, 0), MIB).protocol()).isEqualTo("7.45");
        InitNegotiation again = InitNegotiation.of(init(8, 0, 0, 0), MIB);
        assertThat(again.mustBeAskedAgain()).isTrue();
        assertThat(reply(again)).startsWith("07000000").endsWith("00".repeat(56));
    }

    @Test
    void olderKernel_withoutExtendedFlags_getsNoneOfThem() throws IOException {
        Request shortBody = new RequestBytes(Opcode.INIT, 1, 0)
                .u32(7)
                .u32(31)
                .u32(131_072)
                .u32((1 << 3) | (1 << 12))
                .request();
        InitNegotiation agreed = InitNegotiation.of(shortBody, MIB);
        assertThat(agreed.flags()).containsExactlyInAnyOrder(InitFlag.ATOMIC_O_TRUNC, InitFlag.AUTO_INVAL_DATA);
        assertThat(agreed.maxWrite()).as("without MAX_PAGES").isEqualTo(128 << 10);
        assertThat(agreed.protocol()).isEqualTo("7.31");
    }

    @Test
    void kernelThatIsTooOldOrLacksWhatCorrectnessNeeds_isRefused() {
        assertThatThrownBy(() -> InitNegotiation.of(init(7, 30, -1, 0), MIB)).hasMessageContaining("7.31");
        assertThatThrownBy(() -> InitNegotiation.of(init(6, 99, -1, 0), MIB)).hasMessageContaining("7.31");
        assertThatThrownBy(() -> InitNegotiation.of(init(7, 45, ~(1 << 3), 0), MIB))
                .hasMessageContaining("ATOMIC_O_TRUNC");
        assertThatThrownBy(() -> InitNegotiation.of(
                        new RequestBytes(Opcode.INIT, 1, 0).u32(7).request(), MIB))
                .isInstanceOf(IOException.class);
    }

    private static Request init(int major, int minor, int flags, int flags2) {
        return new RequestBytes(Opcode.INIT, 1, 0)
                .u32(major)
                .u32(minor)
                .u32(131_072)
                .u32(flags)
                .u32(flags2)
                .raw(new byte[44])
                .request();
    }

    private static String flagsOf(InitNegotiation agreed) {
        return reply(agreed).substring(24, 32);
    }

    private static String reply(InitNegotiation agreed) {
        MemorySegment out = Arena.ofAuto().allocate(64).fill((byte) 0xEE);
        agreed.put(out, 64);
        return HexFormat.of().formatHex(out.toArray(ValueLayout.JAVA_BYTE));
    }
}
