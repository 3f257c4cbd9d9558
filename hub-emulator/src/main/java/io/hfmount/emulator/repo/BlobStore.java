package io.hfmount.emulator.repo;

import io.hfmount.emulator.durable.Folders;
import io.hfmount.model.ByteRange;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;

/**
 * The bytes of plain files by git's blob id: {@code ab/ID}, and {@code tmp/} for what is unfinished. Thread-safe; calls
 * touch the disk.
 */
public final class BlobStore {
    private static final int PIECE = 64 << 10;

    private final Path root;
    private final Path temporary;
    private final AtomicLong names = new AtomicLong();
    private final Set<Path> folders = ConcurrentHashMap.newKeySet(); // known to exist, durably

    private BlobStore(Path root) {
        this.root = root;
        this.temporary = root.resolve("tmp");
    }

    /** Opens a directory that nobody else uses, and removes what was left unfinished. */
    static BlobStore open(Path root) throws IOException {
        BlobStore store = new BlobStore(root);
        Files.createDirectories(store.temporary);
        try (Stream<Path> leftovers = Files.list(store.temporary)) {
            for (Path leftover : (Iterable<Path>) leftovers::iterator) {
                Files.delete(leftover);
            }
        }
        return store;
    }

    /** Keeps bytes, durably, and tells what names them. */
    public RepoContent.Plain put(byte[] content) throws IOException {
        String id = GitId.ofBlob(content);
        Path target = path(id);
        if (!Files.exists(target)) {
            Path draft = temporary.resolve(Long.toString(names.incrementAndGet()));
            try {
                try (FileChannel channel =
                        FileChannel.open(draft, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                    ByteBuffer bytes = ByteBuffer.wrap(content);
                    while (bytes.hasRemaining()) {
                        channel.write(bytes);
                    }
                    channel.force(true);
                }
                Path folder = folder(id);
                if (!folders.contains(folder)) {
                    Files.createDirectories(folder);
                    Folders.sync(root);
                    folders.add(folder);
                }
                Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
                Folders.sync(folder);
            } finally {
                Files.deleteIfExists(draft);
            }
        }
        return new RepoContent.Plain(id, content.length);
    }

    /** Whether all bytes of {@code blob} are there. */
    boolean holds(RepoContent.Plain blob) throws IOException {
        Path file = path(blob.oid());
        return Files.exists(file) && Files.size(file) == blob.size();
    }

    /**
     * Bytes of a blob, read as they are asked for.
     *
     * @param disk where reads run; must not interrupt its tasks
     * @return pieces the receiver owns; fails if the blob is not there or shorter than the range
     */
    public Flux<ByteBuf> stream(RepoContent.Plain blob, ByteRange range, Scheduler disk) {
        return Flux.<ByteBuf, Reading>generate(
                        () -> new Reading(FileChannel.open(path(blob.oid()), StandardOpenOption.READ), range),
                        (reading, sink) -> {
                            try {
                                ByteBuf piece = reading.next();
                                if (piece == null) {
                                    sink.complete();
                                } else {
                                    sink.next(piece);
                                }
                            } catch (IOException e) {
                                sink.error(e);
                            }
                            return reading;
                        },
                        Reading::close)
                .subscribeOn(disk);
    }

    private Path folder(String id) {
        return root.resolve(id.substring(0, 2));
    }

    private Path path(String id) {
        return folder(id).resolve(id);
    }

    /** A blob that is being sent. Confined to one subscriber. */
    private static final class Reading {
        private final FileChannel channel;
        private final ByteRange range;
        private long at;

        Reading(FileChannel channel, ByteRange range) {
            this.channel = channel;
            this.range = range;
            this.at = range.start();
        }

        @Nullable
        ByteBuf next() throws IOException {
            if (at == range.end()) {
                return null;
            }
            ByteBuffer piece = ByteBuffer.allocate((int) Math.min(PIECE, range.end() - at));
            while (piece.hasRemaining()) {
                int count = channel.read(piece, at + piece.position());
                if (count < 0) {
                    throw new IOException("a stored blob is shorter than it should be");
                }
            }
            at += piece.capacity();
            return Unpooled.wrappedBuffer(piece.flip());
        }

        void close() {
            try {
                channel.close();
            } catch (IOException e) {
                // it was only read
            }
        }
    }
}
