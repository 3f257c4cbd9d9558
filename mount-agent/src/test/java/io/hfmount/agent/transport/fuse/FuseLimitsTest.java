package io.hfmount.agent.transport.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.agent.transport.TransportOptions;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FuseLimitsTest {
    private static final int MIB = 1 << 20;

    @Test
    void defaults_areOneMebibyteRequestsAndBoundedMemory() {
        FuseLimits limits = FuseLimits.defaults();
        assertThat(limits.maxWrite()).isEqualTo(MIB);
        assertThat(limits.readers()).isBetween(2, 8);
        assertThat(limits.fetchRequests()).isEqualTo(256);
        assertThat(limits.fetchBytes()).isEqualTo(64L * MIB);
        assertThat(limits.writeBytes()).isEqualTo(64L * MIB);
    }

    @Test
    void limits_outOfRange_areRefused() {
        assertThatThrownBy(() -> limits(MIB + 1, 2, 1, MIB)).hasMessageContaining("maxWrite");
        assertThatThrownBy(() -> limits(2 * MIB, 2, 1, 2 * MIB)).hasMessageContaining("maxWrite");
        assertThatThrownBy(() -> limits(MIB, 0, 1, MIB)).hasMessageContaining("readers");
        assertThatThrownBy(() -> limits(MIB, 2, 0, MIB)).hasMessageContaining("positive");
        assertThatThrownBy(() -> limits(MIB, 2, 1, MIB - 1)).hasMessageContaining("byte limits");
    }

    @Test
    void readers_ofManyMounts_shareACap_butEachGetsTwo() {
        ReaderAllowance allowance = new ReaderAllowance(10);
        assertThat(allowance.take(8)).isEqualTo(8);
        assertThat(allowance.take(8)).isEqualTo(2);
        assertThat(allowance.take(8)).isEqualTo(2);
        assertThat(allowance.take(1)).isEqualTo(1);
        allowance.giveBack(8);
        assertThat(allowance.take(8)).isEqualTo(5);
    }

    @Test
    void buffers_areReusedBySizeClass() {
        BufferPool pool = new BufferPool();
        PayloadBuffer small = pool.acquire(1);
        assertThat(small.capacity()).isEqualTo(4096);
        PayloadBuffer large = pool.acquire(70_000);
        assertThat(large.capacity()).isEqualTo(BufferPool.capacityFor(70_000)).isEqualTo(256 << 10);
        pool.release(small);
        pool.release(large);
        assertThat(pool.acquire(4096)).isSameAs(small);
        assertThat(pool.acquire(4097)).isNotSameAs(large);
        pool.close();
        pool.release(small);
        assertThat(small.memory().scope().isAlive()).isFalse();
    }

    @Test
    void optionsOfFusermount_escapeTheSourceAndNameTheLimits() {
        TransportOptions options = new TransportOptions(Path.of("/mnt"), "a,b\\c", true, false, 64);
        assertThat(FusermountMounter.options(options, MIB))
                .isEqualTo("fsname=a\\,b\\\\c,subtype=hfmount,nosuid,nodev,default_permissions,max_read=1048576"
                        + ",ro,allow_other");
    }

    @Test
    void capabilityToMount_isReadFromTheEffectiveSet() {
        assertThat(Capabilities.hasSysAdmin(List.of("CapPrm:\t000001ffffffffff", "CapEff:\t0000000000200000")))
                .isTrue();
        assertThat(Capabilities.hasSysAdmin(List.of("CapEff:\t00000000a80425fb")))
                .isFalse();
        assertThat(Capabilities.hasSysAdmin(List.of("CapEff:\tgarbage"))).isFalse();
        assertThat(Capabilities.hasSysAdmin(List.of())).isFalse();
    }

    private static FuseLimits limits(int maxWrite, int readers, int requests, long bytes) {
        return new FuseLimits(maxWrite, readers, requests, bytes, bytes, requests, bytes, requests);
    }
}
