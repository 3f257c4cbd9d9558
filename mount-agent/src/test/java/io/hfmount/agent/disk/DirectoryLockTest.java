package io.hfmount.agent.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.agent.content.ChunkCache;
import io.hfmount.agent.content.ContentObserver;
import io.hfmount.agent.staging.StagingArea;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryLockTest {
    @TempDir
    private Path directory;

    @Test
    void directoryInUse_isRefused_andStaysLockedForOtherProcesses() throws Exception {
        try (DirectoryLock first = DirectoryLock.take(directory, "lock").orElseThrow()) {
            assertThat(DirectoryLock.take(directory, "lock")).isEmpty();
            Path alias = Files.createSymbolicLink(directory.resolve("alias"), directory);
            assertThat(DirectoryLock.take(alias, "lock")).isEmpty();
            assertThat(LockProbe.isHeld(directory.resolve("lock"))).isTrue();
            first.close();
            assertThat(LockProbe.isHeld(directory.resolve("lock"))).isFalse();
        }
        DirectoryLock.take(directory, "lock").orElseThrow().close();
    }

    @Test
    void directoryThatSomebodyElseLocked_isRefused_andFreeAfterwards() throws Exception {
        try (FileChannel other =
                FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            assertThat(other.tryLock()).isNotNull();
            assertThat(DirectoryLock.take(directory, "lock")).isEmpty();
        }
        DirectoryLock.take(directory, "lock").orElseThrow().close();
    }

    @Test
    void lockFileThatIsALink_isNotFollowed() throws Exception {
        Files.createSymbolicLink(directory.resolve("lock"), directory.resolve("elsewhere"));
        assertThatThrownBy(() -> DirectoryLock.take(directory, "lock")).isInstanceOf(IOException.class);
        assertThat(directory.resolve("elsewhere")).doesNotExist();
        Files.delete(directory.resolve("lock"));
        DirectoryLock.take(directory, "lock").orElseThrow().close();
    }

    /** Another process would move what this one has staged to lost+found. */
    @Test
    void secondMountOnStagingInUse_doesNotGiveTheFirstOnesLockAway() throws Exception {
        try (StagingArea area = StagingArea.open(directory)) {
            assertThatThrownBy(() -> StagingArea.open(directory)).hasMessageContaining("in use");
            assertThat(LockProbe.isHeld(directory.resolve("LOCK"))).isTrue();
            assertThat(area).isNotNull();
        }
        assertThat(LockProbe.isHeld(directory.resolve("LOCK"))).isFalse();
    }

    @Test
    void secondUserOfACacheInUse_doesNotGiveTheFirstOnesLockAway() throws Exception {
        try (ChunkCache cache = ChunkCache.open(directory, 1 << 20, ContentObserver.NONE)) {
            assertThatThrownBy(() -> ChunkCache.open(directory, 1 << 20, ContentObserver.NONE))
                    .hasMessageContaining("in use");
            assertThatThrownBy(() -> ChunkCache.discard(directory)).hasMessageContaining("in use");
            assertThat(LockProbe.isHeld(directory.resolve("lock"))).isTrue();
            assertThat(cache.enabled()).isTrue();
        }
    }
}
