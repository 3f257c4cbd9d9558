package io.hfmount.agent.mount;

import io.hfmount.agent.MountObserver;
import io.hfmount.agent.fs.DirtyFile;
import io.hfmount.agent.fs.FsObserver;
import io.hfmount.agent.fs.FsSettings;
import io.hfmount.agent.fs.MountFileSystem;
import io.hfmount.agent.fs.Publication;
import io.hfmount.agent.fs.SealedFile;
import io.hfmount.agent.staging.StagingArea;
import io.hfmount.agent.transport.fuse.FuseRehearsal;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FileSystem;
import io.hfmount.agent.vfs.FsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads and links the code of a file's first open, read and write before anybody waits for it: edits a made-up file in a
 * file system of its own, without a kernel, a Hub or storage. What it stages lies in a temporary directory that it
 * removes; nobody is told of its operations.
 */
final class WarmUp {
    private static final Logger log = LoggerFactory.getLogger(WarmUp.class);
    /** The second round finds all classes loaded; the others are for the interpreter's caches and the compiler. */
    private static final int ROUNDS = 20;

    private WarmUp() {}

    /** Runs in the background. A failure costs the first user some milliseconds, and nothing else. */
    static Thread start() {
        return Thread.ofPlatform().daemon().name("warm-up").start(() -> {
            long start = System.nanoTime();
            try {
                Path directory = Files.createTempDirectory("hf-mount-warm-up-");
                try {
                    run(directory, ROUNDS);
                } finally {
                    remove(directory);
                }
                log.debug("warm after {} ms", (System.nanoTime() - start) / 1_000_000);
            } catch (IOException | RuntimeException e) {
                log.debug("the code was not warmed up: {}", e.toString());
            }
        });
    }

    /** Edits and publishes the made-up file {@code rounds} times; no staging file is left in {@code directory}. */
    static void run(Path directory, int rounds) throws IOException {
        try (StagingArea area = StagingArea.open(directory);
                MountFileSystem fs = new MountFileSystem(new MountFileSystem.Parts(
                        FsSettings.defaults(0, 0).withSparseMinSize(1),
                        InstantSource.system(),
                        area,
                        MadeUpFile.CONTENT,
                        MadeUpFile.TREE,
                        MadeUpFile.LANE,
                        MadeUpFile.SIGNALS,
                        failure -> new FsException(Errno.EIO, failure.toString()),
                        FsObserver.NONE))) {
            try (FuseRehearsal kernel = new FuseRehearsal(new ObservedFileSystem(fs, MountObserver.NONE))) {
                for (int i = 0; i < rounds; i++) {
                    kernel.editFile(MadeUpFile.NAME);
                    publish(fs.publication());
                }
            } finally {
                fs.unlink(FileSystem.ROOT, MadeUpFile.NAME); // what is dirty after a failure must not be kept
            }
        } catch (FsException e) {
            throw new IOException(e);
        }
    }

    /** Makes everything clean, as if it had been uploaded. */
    private static void publish(Publication publication) throws FsException {
        for (DirtyFile dirty : publication.dirtyFiles()) {
            try (SealedFile sealed = publication.seal(dirty.ino()).orElseThrow()) {
                if (publication.beginCommit(sealed, MadeUpFile.HASH)) {
                    publication.committed(sealed, MadeUpFile.HASH);
                }
            }
        }
    }

    private static void remove(Path directory) throws IOException {
        try (Stream<Path> walk = Files.walk(directory)) {
            List<Path> all = walk.sorted(Comparator.reverseOrder()).toList();
            for (Path path : all) {
                Files.delete(path);
            }
        }
    }
}
