package io.hfmount.agent.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;

/** The contract of files on the file system in memory itself, without a kernel: what engines are compared with. */
final class InProcessTest extends FileContract {
    private final MemoryFileSystem fileSystem = new MemoryFileSystem();
    private final FileClient client = new PortClient(fileSystem);

    @Override
    protected FileClient client() {
        return client;
    }

    @AfterEach
    void nothingIsHeld() {
        assertThat(fileSystem.lookupsHeld()).isZero();
        assertThat(fileSystem.openHandles()).isZero();
    }
}
