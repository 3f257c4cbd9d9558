package io.hfmount.agent.staging;

import io.hfmount.agent.disk.DirectoryLock;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The private directory of one mount's staging files: {@code data/} for live ones, {@code lost+found/} for files that a
 * previous run left behind (never deleted by us, mount-semantics §11.2.4 R8, R10). A lock file keeps a second process
 * out.
 *
 * <p>Thread-safe.
 */
public final class StagingArea implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StagingArea.class);

    private final Path data;
    private final DirectoryLock lock; // closing it gives up the directory
    private final SecureRandom random = new SecureRandom();
    private final AtomicLong bytes = new AtomicLong();

    private StagingArea(Path data, DirectoryLock lock) {
        this.data = data;
        this.lock = lock;
    }

    /**
     * Opens the area, creating its directories with mode 0700. Files of a previous run are moved to
     * {@code lost+found/}, except empty ones, which are removed.
     *
     * @param directory private directory of this mount
     * @throws IOException also when another process or mount uses the directory
     */
    public static StagingArea open(Path directory) throws IOException {
        privateDirectory(directory);
        DirectoryLock lock = DirectoryLock.take(directory, "LOCK")
                .orElseThrow(() -> new IOException("the staging directory " + directory
                        + " is in use by another mount; end that one or choose another data directory"));
        try {
            Path data = privateDirectory(directory.resolve("data"));
            setAside(data, directory.resolve("lost+found"));
            return new StagingArea(data, lock);
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private static Path privateDirectory(Path directory) throws IOException {
        Files.createDirectories(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        return directory;
    }

    private static void setAside(Path data, Path lostAndFound) throws IOException {
        int kept = 0;
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(data)) {
            for (Path file : leftovers) {
                if (Files.size(file) == 0) {
                    Files.delete(file);
                } else {
                    privateDirectory(lostAndFound);
                    Files.move(
                            file, lostAndFound.resolve(file.getFileName().toString()), StandardCopyOption.ATOMIC_MOVE);
                    kept++;
                }
            }
        }
        if (kept > 0) {
            log.warn(
                    "{} staging files of an earlier run that ended without publishing them were moved to {}; nothing of"
                            + " them is published, look at them and remove them by hand",
                    kept,
                    lostAndFound);
        }
    }

    /** Makes a new, empty staging file with mode 0600. */
    public StagingFile create() throws IOException {
        return newFile(0);
    }

    /** Makes a staging file that is one hole of {@code length} bytes (mount-semantics §1.6 S3). */
    public StagingFile createSparse(long length) throws IOException {
        return newFile(length);
    }

    private StagingFile newFile(long hole) throws IOException {
        while (true) {
            byte[] id = new byte[16];
            random.nextBytes(id);
            try {
                return StagingFile.create(this, data.resolve(HexFormat.of().formatHex(id)), hole);
            } catch (FileAlreadyExistsException e) {
                log.debug("staging id taken, drawing another");
            }
        }
    }

    /** Bytes that all staging files and before-images hold; holes do not count. */
    public long bytes() {
        return bytes.get();
    }

    /** Where live staging files are. */
    public Path directory() {
        return data;
    }

    /**
     * A file that was not published.
     *
     * @param path mount-relative path
     * @param staging where its bytes are
     * @param size bytes
     * @param edit null when the staging file is complete; else of which base which parts of it are an edit: the rest of
     *     the file is a hole
     */
    public record Unpublished(
            String path, Path staging, long size, @Nullable String edit) {}

    /** Writes beside the staging files which paths they belong to; nothing when the list is empty. */
    public void recordUnpublished(List<Unpublished> files) {
        if (files.isEmpty()) {
            return;
        }
        Path list = data.resolve("unpublished-" + System.currentTimeMillis() + ".tsv");
        List<String> lines = new ArrayList<>();
        for (Unpublished file : files) {
            lines.add(file.staging().getFileName() + "\t" + file.size() + "\t"
                    + file.path().replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
                    + (file.edit() == null ? "" : "\t" + file.edit()));
        }
        try {
            Files.write(list, lines);
            log.error("{} files were not published; their bytes stay in {}, listed in {}", files.size(), data, list);
        } catch (IOException e) {
            log.error("{} files were not published; their bytes stay in {}: {}", files.size(), data, lines, e);
        }
    }

    /** Gives up the directory. Live staging files stay usable until their holders release them. */
    @Override
    public void close() throws IOException {
        lock.close();
    }

    void charge(long delta) {
        bytes.addAndGet(delta);
    }
}
