package io.hfmount.xet.upload;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FragmentationGuardTest {
    private final FragmentationGuard guard = new FragmentationGuard();

    private void begin(int runs, int chunks) {
        for (int i = 0; i < runs; i++) {
            guard.begin(chunks);
        }
    }

    @Test
    void firstRuns_mayBeShort() {
        begin(15, 1);
        assertThat(guard.allowsRemembered(1)).isTrue();
        begin(1, 1);
        assertThat(guard.allowsRemembered(1)).isFalse();
        assertThat(guard.allows(1)).as("of what is in memory").isTrue();
    }

    @Test
    void longRuns_areAllowedInAFileOfShortOnes() {
        begin(100, 1);
        assertThat(guard.allowsRemembered(7)).isFalse();
        assertThat(guard.allowsRemembered(8)).isTrue();
    }

    @Test
    void shortRuns_areAllowedInAFileOfLongOnes() {
        begin(30, 9);
        assertThat(guard.allowsRemembered(1)).isTrue();
        begin(30, 1);
        assertThat(guard.allowsRemembered(1)).isFalse();
        guard.extend(1000);
        assertThat(guard.allowsRemembered(1)).isTrue();
    }

    @Test
    void whatTheProtocolRefuses_isRefused() {
        begin(200, 2);
        assertThat(guard.allows(1)).isFalse();
        assertThat(guard.allowsRemembered(1)).isFalse();
    }
}
