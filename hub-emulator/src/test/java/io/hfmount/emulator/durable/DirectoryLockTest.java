package io.hfmount.emulator.durable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryLockTest {
    @Test
    void directoryInUse_isRefused_andStaysLockedForOtherProcesses(@TempDir Path directory) throws Exception {
        try (DirectoryLock first = DirectoryLock.take(directory)) {
            assertThatThrownBy(() -> DirectoryLock.take(directory))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("in use");
            assertThat(LockProbe.isHeld(directory.resolve("lock"))).isTrue();
            first.close();
            assertThat(LockProbe.isHeld(directory.resolve("lock"))).isFalse();
        }
        DirectoryLock.take(directory).close();
    }
}
