package io.hfmount.emulator.storage.disk;

import io.hfmount.emulator.durable.DirectoryLock;
import io.hfmount.emulator.durable.Folders;
import io.hfmount.model.ContentHash;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The directory that holds everything stored, locked against a second server:
 *
 * <pre>
 * lock                 held while open
 * tmp/                 unfinished objects, emptied when the directory is opened
 * xorbs/ab/HASH        chunk records, then a version 1 footer and its length (xet-protocol §6.2)
 * files/ab/HASH        one registered file: segments and verification
 * chunks/ab/HASH       where a globally deduplicable chunk is
 * marks/ab/HASH        which chunks of a xorb start a file
 * sha256/ab/DIGEST     the file whose content has this digest, as its shard says
 * </pre>
 *
 * <p>{@code ab} are the first two digits of the hash. Thread-safe.
 */
public final class StorageDirectory implements Closeable {
    /** A kind of object with a folder of its own. */
    enum Kind {
        XORBS("xorbs"),
        FILES("files"),
        CHUNKS("chunks"),
        MARKS("marks"),
        SHA256("sha256");

        private final String folder;

        Kind(String folder) {
            this.folder = folder;
        }
    }

    private final Path root;
    private final Path temporary;
    private final DirectoryLock lock;
    private final AtomicLong temporaryNames = new AtomicLong();
    /** Folders of objects that are known to exist, durably. */
    private final Set<Path> folders = ConcurrentHashMap.newKeySet();

    private StorageDirectory(Path root, DirectoryLock lock) {
        this.root = root;
        this.temporary = root.resolve("tmp");
        this.lock = lock;
    }

    /**
     * Opens or creates a directory and removes what an earlier server left unfinished.
     *
     * @throws IOException if it cannot be created, or another server has it open
     */
    public static StorageDirectory open(Path root) throws IOException {
        Files.createDirectories(root);
        DirectoryLock lock = DirectoryLock.take(root);
        boolean opened = false;
        try {
            StorageDirectory directory = new StorageDirectory(root, lock);
            directory.prepare();
            opened = true;
            return directory;
        } finally {
            if (!opened) {
                lock.close();
            }
        }
    }

    private void prepare() throws IOException {
        Files.createDirectories(temporary);
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(temporary)) {
            for (Path leftover : leftovers) {
                Files.delete(leftover);
            }
        }
        for (Kind kind : Kind.values()) {
            Files.createDirectories(root.resolve(kind.folder));
        }
        Folders.sync(root);
    }

    /** Where an object is or would be. */
    Path path(Kind kind, ContentHash hash) {
        String text = hash.text();
        return root.resolve(kind.folder).resolve(text.substring(0, 2)).resolve(text);
    }

    /** The name of a temporary file that does not exist yet. Its maker deletes it, or publishes it. */
    public Path newTemporary() {
        return temporary.resolve(Long.toString(temporaryNames.incrementAndGet()));
    }

    /**
     * Makes an object out of a temporary file, durably: forces its bytes, renames it over any earlier object, forces the
     * folder.
     */
    void publish(Path temporaryFile, Path target) throws IOException {
        force(temporaryFile);
        Path folder = folderOf(target);
        Files.move(temporaryFile, target, StandardCopyOption.ATOMIC_MOVE);
        Folders.sync(folder);
    }

    /**
     * Makes several objects durable with one sync a folder. All contents are on disk before the first object appears. What
     * has to reach the disk is forced side by side, for most of that is waiting.
     *
     * @param contents whole contents by target
     */
    void publishAll(Map<Path, byte[]> contents) throws IOException {
        Map<Path, Path> written = LinkedHashMap.newLinkedHashMap(contents.size());
        try {
            for (Map.Entry<Path, byte[]> content : contents.entrySet()) {
                Path file = newTemporary();
                written.put(file, content.getKey());
                Files.write(file, content.getValue(), StandardOpenOption.CREATE_NEW);
            }
            Forcing.all(written.keySet(), StorageDirectory::force);
            Set<Path> changed = new LinkedHashSet<>();
            written.values().forEach(target -> changed.add(parent(target)));
            makeFolders(changed);
            for (Map.Entry<Path, Path> move : written.entrySet()) {
                Files.move(move.getKey(), move.getValue(), StandardCopyOption.ATOMIC_MOVE);
            }
            Forcing.all(changed, Folders::sync);
        } finally {
            deleteAll(written.keySet());
        }
    }

    /** Puts a small object in place without waiting for the disk; for hints that their reader checks. */
    void publishHint(byte[] content, Path target) throws IOException {
        Path file = newTemporary();
        try {
            Files.write(file, content, StandardOpenOption.CREATE_NEW);
            Files.createDirectories(parent(target));
            Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private static void deleteAll(Collection<Path> files) throws IOException {
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
    }

    /** The folder of an object, made durably if it is missing. */
    private Path folderOf(Path target) throws IOException {
        Path folder = parent(target);
        makeFolders(Set.of(folder));
        return folder;
    }

    /** Makes those folders of objects durably that are missing, with one sync for those of one kind. */
    private void makeFolders(Set<Path> wanted) throws IOException {
        Set<Path> missing = new LinkedHashSet<>(wanted);
        missing.removeAll(folders);
        Set<Path> above = new LinkedHashSet<>();
        for (Path folder : missing) {
            Files.createDirectories(folder);
            above.add(parent(folder));
        }
        for (Path folder : above) {
            Folders.sync(folder);
        }
        folders.addAll(missing);
    }

    private static Path parent(Path path) {
        Path parent = path.getParent();
        if (parent == null) {
            throw new IllegalArgumentException("an object has a folder: " + path);
        }
        return parent;
    }

    private static void force(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /** Gives the lock back. Objects stay. */
    @Override
    public void close() throws IOException {
        lock.close();
    }
}
