package io.hfmount.agent.content;

import io.hfmount.agent.disk.DirectoryLock;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/**
 * A private directory (0700, files 0600) that one process at a time may use, with files spread over 256
 * subdirectories by the first two characters of their names.
 *
 * <p>Some of the files stay open between reads, at most {@value #OPEN_FILES}.
 */
final class DiskCacheFiles implements CacheFiles {
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE_DIRECTORY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final Pattern SHARD = Pattern.compile("[0-9a-f]{2}");

    /** Each is a descriptor; with 8 MiB a file this is what four sequential readers keep in use, many times over. */
    static final int OPEN_FILES = 128;

    /** Written at a time; heap buffers are copied through a direct buffer of this size. */
    private static final int WRITE_STEP = 256 << 10;

    private final Path directory;
    private final Path unfinished;
    private final DirectoryLock lock;
    private final AtomicLong sequence = new AtomicLong();

    /** Drafts of another opening of the directory have other names: none is ever moved in place of another. */
    private final String opening = Long.toHexString(new SecureRandom().nextLong());

    private final ReadChannels channels = new ReadChannels(OPEN_FILES);
    private final DirectWriter direct;

    /**
     * Takes the directory over.
     *
     * @throws IOException if it cannot be made private or is in use
     */
    DiskCacheFiles(Path directory) throws IOException {
        this.directory = directory;
        this.unfinished = directory.resolve("unfinished");
        if (directory.getParent() != null) {
            Files.createDirectories(directory.getParent());
        }
        makePrivate(directory);
        this.lock = DirectoryLock.take(directory, "lock")
                .orElseThrow(() -> new IOException("the cache directory " + directory
                        + " is in use by another process; give each process a directory of its own"));
        try {
            makeInside(unfinished);
            this.direct = new DirectWriter(unfinished);
        } catch (IOException refused) {
            lock.close();
            throw refused;
        }
    }

    private static void makePrivate(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            createDirectory(directory);
        }
        Files.setPosixFilePermissions(directory, PRIVATE_DIRECTORY.value());
    }

    /** A directory inside: never one that a link leads to, for what is there is not ours. */
    private static void makeInside(Path directory) throws IOException {
        if (!isInside(directory)) {
            createDirectory(directory);
            Files.setPosixFilePermissions(directory, PRIVATE_DIRECTORY.value());
        }
    }

    private static boolean isInside(Path directory) {
        return Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS);
    }

    private static void createDirectory(Path directory) throws IOException {
        try {
            Files.createDirectory(directory, PRIVATE_DIRECTORY);
        } catch (FileAlreadyExistsException raced) {
            if (!isInside(directory)) {
                throw raced;
            }
        }
    }

    @Override
    public List<Found> list() throws IOException {
        try {
            return scan();
        } catch (DirectoryIteratorException failed) {
            throw failed.getCause();
        }
    }

    private List<Found> scan() throws IOException {
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(unfinished)) {
            for (Path leftover : leftovers) {
                Files.deleteIfExists(leftover);
            }
        }
        List<Found> all = new ArrayList<>();
        try (DirectoryStream<Path> shards = Files.newDirectoryStream(
                directory,
                path -> SHARD.matcher(String.valueOf(path.getFileName())).matches() && isInside(path))) {
            for (Path shard : shards) {
                try (DirectoryStream<Path> files = Files.newDirectoryStream(shard, shard.getFileName() + "*")) {
                    for (Path file : files) {
                        BasicFileAttributes attributes =
                                Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                        if (attributes.isRegularFile()) {
                            all.add(new Found(
                                    String.valueOf(file.getFileName()),
                                    attributes.size(),
                                    attributes.lastModifiedTime().toMillis()));
                        }
                    }
                }
            }
        }
        return all;
    }

    @Override
    public void write(String name, List<ByteBuffer> parts, boolean hurried) throws IOException {
        try (Draft draft = draft()) {
            if (hurried || !direct.write(draft.temporary, parts)) {
                for (ByteBuffer part : parts) {
                    draft.write(part.duplicate());
                }
            }
            draft.commit(name);
        }
    }

    /** Begins a file that nobody sees before it is committed. */
    Draft draft() throws IOException {
        return new Draft();
    }

    /** A file that is being written. Not thread-safe. */
    final class Draft implements Closeable {
        private final Path temporary = unfinished.resolve(opening + "-" + sequence.incrementAndGet());
        private final FileChannel channel;
        private boolean committed;

        private Draft() throws IOException {
            channel = FileChannel.open(
                    temporary,
                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
                    PRIVATE_FILE);
        }

        /** Appends all of {@code data}. */
        void write(ByteBuffer data) throws IOException {
            while (data.hasRemaining()) {
                ByteBuffer step = data.slice(data.position(), Math.min(WRITE_STEP, data.remaining()));
                data.position(data.position() + channel.write(step));
            }
        }

        /** Puts the file in its place, replacing what was there. */
        void commit(String name) throws IOException {
            channel.close();
            Path target = path(name);
            Path shard = directory.resolve(name.substring(0, 2));
            makeInside(shard);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            committed = true;
            channels.forget(target);
        }

        /** Removes the file unless it was committed. */
        @Override
        public void close() throws IOException {
            try (channel) {
                if (!committed) {
                    Files.deleteIfExists(temporary);
                }
            }
        }
    }

    @Override
    public void read(String name, long position, ByteBuffer target) throws IOException {
        channels.read(path(name), position, target);
    }

    @Override
    public void readAhead(String name, long position, long length) {
        FileReadAhead.begin(path(name), position, length);
    }

    @Override
    public void touch(String name, long modified) throws IOException {
        Files.setLastModifiedTime(path(name), FileTime.fromMillis(modified));
    }

    @Override
    public void delete(String name) throws IOException {
        Files.deleteIfExists(path(name));
        channels.forget(path(name));
    }

    private Path path(String name) {
        return directory.resolve(name.substring(0, 2)).resolve(name);
    }

    @Override
    public void close() throws IOException {
        try (channels) {
            lock.close();
        }
    }
}
