package io.hfmount.agent.transport;

import io.hfmount.agent.vfs.FileClient;
import io.hfmount.agent.vfs.FileContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real mount of a {@link ScriptedFileSystem} for each test, with the contract of files. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class MountedFixture extends FileContract implements MountTools {
    @TempDir
    Path temp;

    /** The file system behind the mount; its hooks make chosen files stall or fail. */
    protected final ScriptedFileSystem fileSystem = new ScriptedFileSystem();

    protected Path mountPoint;
    protected MountedTransport mount;
    private final List<Process> children = new ArrayList<>();

    /** The engine under test. */
    protected abstract Transport transport();

    @Override
    public List<Process> children() {
        return children;
    }

    @Override
    protected FileClient client() {
        return new MountedClient(mountPoint);
    }

    @BeforeEach
    void mount() throws IOException {
        Assumptions.assumeTrue(
                transport().unusableBecause().isEmpty(), () -> transport().unusableBecause());
        mountPoint = Files.createDirectory(temp.resolve("mnt"));
        mount = mountAgain();
    }

    protected MountedTransport mountAgain() throws IOException {
        return transport().mount(fileSystem, new TransportOptions(mountPoint, "contract", false, false, 64));
    }

    @AfterEach
    void unmountAndLeaveNothingBehind() throws Exception {
        fileSystem.gate.countDown();
        end(mount, mountPoint);
    }
}
