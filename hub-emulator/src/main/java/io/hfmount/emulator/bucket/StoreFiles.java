package io.hfmount.emulator.bucket;

import io.hfmount.emulator.durable.DirectoryLock;
import io.hfmount.emulator.durable.Folders;
import io.hfmount.emulator.durable.FramedLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The files of the store: {@code snapshot-N} (absent for N = 0) and {@code log-N}, together the state of generation N.
 *
 * <p>Compaction writes {@code snapshot-(N+1)} beside them and renames it into place; from that moment generation N+1
 * holds, and a missing {@code log-(N+1)} is an empty one. Not thread-safe.
 */
final class StoreFiles implements AutoCloseable {
    private static final Pattern NAME = Pattern.compile("(snapshot|log)-([0-9]{1,18})");

    private final Path directory;
    private final DirectoryLock lock;
    private long generation;
    private long snapshotSize;
    private FramedLog log;

    private StoreFiles(Path directory, DirectoryLock lock, long generation, long snapshotSize, FramedLog log) {
        this.directory = directory;
        this.lock = lock;
        this.generation = generation;
        this.snapshotSize = snapshotSize;
        this.log = log;
    }

    /**
     * Opens the directory, creating what is missing, and replays the newest generation.
     *
     * @throws IOException when another process has it open, or a file is damaged
     */
    static StoreFiles open(Path directory, Consumer<Mutation> replay) throws IOException {
        Files.createDirectories(directory);
        DirectoryLock lock = DirectoryLock.take(directory);
        try {
            long generation = newestGeneration(directory);
            refuseLaterLogs(directory, generation);
            Path snapshot = directory.resolve("snapshot-" + generation);
            long snapshotSize = 0;
            if (generation > 0) {
                FramedLog.read(snapshot, payload -> replay.accept(MutationCodec.decode(payload)));
                snapshotSize = Files.size(snapshot);
            }
            Path logFile = directory.resolve("log-" + generation);
            FramedLog log = Files.exists(logFile)
                    ? FramedLog.open(logFile, payload -> replay.accept(MutationCodec.decode(payload)))
                    : FramedLog.create(logFile);
            Folders.sync(directory);
            StoreFiles files = new StoreFiles(directory, lock, generation, snapshotSize, log);
            files.deleteOthers();
            return files;
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** Makes a mutation durable; see {@link FramedLog#append}. */
    void append(Mutation mutation) throws IOException {
        log.append(MutationCodec.encode(mutation));
    }

    /** Whether the log has outgrown the state it changes. */
    boolean wantsCompaction(long smallestLog) {
        return log.size() > Math.max(smallestLog, 2 * snapshotSize);
    }

    /**
     * Starts a generation whose snapshot is {@code state}, ending in a {@link Mutation.Clock}.
     *
     * @throws IOException when it failed; the old generation stays in force, or takes no more mutations
     */
    void compact(Stream<Mutation> state) throws IOException {
        long next = generation + 1;
        Path draft = directory.resolve("snapshot.tmp");
        Files.deleteIfExists(draft);
        long size;
        try (FramedLog snapshot = FramedLog.create(draft);
                state) {
            for (Mutation mutation : (Iterable<Mutation>) state::iterator) {
                snapshot.write(MutationCodec.encode(mutation));
            }
            snapshot.sync();
            size = snapshot.size();
        }
        Files.deleteIfExists(directory.resolve("log-" + next));
        FramedLog nextLog = FramedLog.create(directory.resolve("log-" + next));
        try {
            Files.move(draft, directory.resolve("snapshot-" + next), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            nextLog.close();
            throw e;
        }
        try {
            Folders.sync(directory);
        } catch (IOException e) {
            // Either generation may be there after a crash, so neither log may take what would be missing in the other.
            try (nextLog) {
                log.close();
            }
            throw e;
        }
        log.close();
        log = nextLog;
        generation = next;
        snapshotSize = size;
        deleteOthers();
    }

    @Override
    public void close() throws IOException {
        try (lock) {
            log.close();
        }
    }

    private static long newestGeneration(Path directory) throws IOException {
        TreeSet<Long> snapshots = new TreeSet<>();
        snapshots.add(0L);
        for (Path file : list(directory)) {
            Matcher name = NAME.matcher(file.getFileName().toString());
            if (name.matches() && name.group(1).equals("snapshot")) {
                snapshots.add(Long.parseLong(name.group(2)));
            }
        }
        return snapshots.last();
    }

    /** A later log that holds records had a snapshot, without which they cannot be applied. */
    private static void refuseLaterLogs(Path directory, long generation) throws IOException {
        for (Path file : list(directory)) {
            Matcher name = NAME.matcher(file.getFileName().toString());
            if (name.matches() && Long.parseLong(name.group(2)) > generation && Files.size(file) > FramedLog.EMPTY) {
                throw new IOException(
                        file + " has no snapshot-" + name.group(2) + " to go with; restore it, or move the log away");
            }
        }
    }

    private void deleteOthers() throws IOException {
        for (Path file : list(directory)) {
            String text = file.getFileName().toString();
            Matcher name = NAME.matcher(text);
            if (text.equals("snapshot.tmp") || (name.matches() && Long.parseLong(name.group(2)) != generation)) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }
}
