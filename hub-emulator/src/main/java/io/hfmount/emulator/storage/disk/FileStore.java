package io.hfmount.emulator.storage.disk;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.shard.FileEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Registered files by file hash. The empty file is always known. Thread-safe; every call may touch the disk. */
public final class FileStore {
    private static final FileEntry EMPTY = new FileEntry(ContentHash.ZERO, List.of(), List.of(), null);

    private final StorageDirectory directory;

    /** The files of {@code directory}. */
    public FileStore(StorageDirectory directory) {
        this.directory = directory;
    }

    /**
     * The registration of a file, or null if there is none.
     *
     * @throws IOException if it cannot be read or is damaged
     */
    public @Nullable FileEntry find(ContentHash file) throws IOException {
        if (file.isZero()) {
            return EMPTY;
        }
        byte[] record;
        try {
            record = Files.readAllBytes(directory.path(StorageDirectory.Kind.FILES, file));
        } catch (NoSuchFileException e) {
            return null;
        }
        return FileRecord.decode(record, file);
    }

    /** Whether the file is registered. */
    public boolean contains(ContentHash file) {
        return file.isZero() || Files.exists(directory.path(StorageDirectory.Kind.FILES, file));
    }

    /**
     * The file that was last registered as having a digest. That is its uploader's word: whoever relies on it reads the
     * content.
     *
     * @param sha256 as shards store it
     * @return its hash, or null when no registered file claims the digest
     */
    public @Nullable ContentHash findBySha256(ContentHash sha256) throws IOException {
        byte[] record;
        try {
            record = Files.readAllBytes(directory.path(StorageDirectory.Kind.SHA256, sha256));
        } catch (NoSuchFileException e) {
            return null;
        }
        if (record.length != ContentHash.BYTES) {
            throw new IOException("the record of a digest is damaged");
        }
        ContentHash file = ContentHash.fromRaw(record, 0);
        return contains(file) ? file : null;
    }

    /**
     * Registers files durably; an earlier registration of the same hash is replaced.
     *
     * @param entries verified registrations
     */
    public void putAll(Collection<FileEntry> entries) throws IOException {
        Map<Path, byte[]> records = LinkedHashMap.newLinkedHashMap(entries.size());
        for (FileEntry entry : entries) {
            if (!entry.hash().isZero()) {
                records.put(directory.path(StorageDirectory.Kind.FILES, entry.hash()), FileRecord.encode(entry));
                ContentHash sha256 = entry.sha256Stored();
                if (sha256 != null) {
                    records.put(
                            directory.path(StorageDirectory.Kind.SHA256, sha256),
                            entry.hash().toRaw());
                }
            }
        }
        directory.publishAll(records);
    }
}
