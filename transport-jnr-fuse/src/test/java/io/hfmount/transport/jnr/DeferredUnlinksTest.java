package io.hfmount.transport.jnr;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.Caller;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FileSystem;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.MemoryFileSystem;
import io.hfmount.agent.vfs.Wait;
import java.util.ArrayDeque;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/** When an unlink that was held back is done, and when not. */
final class DeferredUnlinksTest {
    private static final EntryName NAME = new EntryName(FileSystem.ROOT, "file");

    private final MemoryFileSystem fileSystem = new MemoryFileSystem();
    private final PathNodes nodes = new PathNodes(fileSystem, 10, 0, () -> 0);
    private final Queue<Runnable> moments = new ArrayDeque<>();
    private final DeferredUnlinks unlinks = new DeferredUnlinks(fileSystem, nodes, moments::add);

    private long make() throws FsException {
        long ino = fileSystem
                .mknod(FileSystem.ROOT, NAME.name(), 0644, Caller.SELF)
                .ino();
        fileSystem.forget(ino, 1);
        return ino;
    }

    private boolean exists() {
        try {
            fileSystem.forget(
                    fileSystem
                            .lookup(FileSystem.ROOT, NAME.name(), Wait.ALLOWED)
                            .ino(),
                    1);
            return true;
        } catch (FsException e) {
            assertThat(e.errno()).isEqualTo(Errno.ENOENT);
            return false;
        }
    }

    @Test
    void unlinkThatNobodyClaims_isDoneAMomentLater() throws FsException {
        unlinks.defer(NAME, make());
        assertThat(exists()).isTrue();
        moments.remove().run();
        assertThat(exists()).isFalse();
        assertThat(fileSystem.lookupsHeld()).isZero();
    }

    @Test
    void unlinkThatWaits_isDoneBeforeTheNextOperation() throws FsException {
        unlinks.defer(NAME, make());
        unlinks.settle();
        assertThat(exists()).isFalse();
        moments.remove().run();
    }

    @Test
    void unlinkThatARenameClaims_isLeftToTheRename() throws FsException {
        unlinks.defer(NAME, make());
        unlinks.claim(NAME);
        unlinks.settle();
        moments.remove().run();
        assertThat(exists()).isTrue();
    }

    @Test
    void nameThatLeadsElsewhereByNow_isLeftAlone() throws FsException {
        unlinks.defer(NAME, make());
        fileSystem.removeSilently(NAME.name());
        make();
        unlinks.settle();
        assertThat(exists()).isTrue();
        assertThat(fileSystem.lookupsHeld()).isZero();
    }

    @Test
    void nameThatIsGoneByNow_isNoError() throws FsException {
        unlinks.defer(NAME, make());
        fileSystem.removeSilently(NAME.name());
        unlinks.settle();
        assertThat(exists()).isFalse();
    }
}
