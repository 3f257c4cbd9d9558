package io.hfmount.emulator.storage.content;

import io.hfmount.emulator.storage.disk.FileStore;
import io.hfmount.emulator.storage.disk.XorbStore;
import io.hfmount.emulator.storage.plan.ReconstructionPlan;
import io.hfmount.emulator.storage.plan.ReconstructionPlanner;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.shard.FileEntry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;

/** Rebuilds the bytes of registered files, one chunk in memory at a time. Thread-safe. */
public final class FileContent {
    private final FileStore files;
    private final XorbStore xorbs;
    private final ReconstructionPlanner planner;
    private final Scheduler disk;

    /**
     * @param files registered files
     * @param xorbs their content
     * @param disk where reads and decompression run; must not interrupt its tasks
     */
    public FileContent(FileStore files, XorbStore xorbs, Scheduler disk) {
        this.files = files;
        this.xorbs = xorbs;
        this.planner = new ReconstructionPlanner(xorbs);
        this.disk = disk;
    }

    /**
     * Bytes of a registered file, or empty if it is unknown. Reads the disk on the calling thread.
     *
     * @throws IOException if the registration cannot be read
     */
    public OptionalLong sizeOf(ContentHash file) throws IOException {
        FileEntry entry = files.find(file);
        return entry == null ? OptionalLong.empty() : OptionalLong.of(entry.size());
    }

    /**
     * The bytes {@code range} of {@code file}, decoded as they are asked for.
     *
     * @return pieces the receiver owns; fails if the file is unknown, the range ends after it, or a chunk does not have
     *     its hash
     */
    public Flux<ByteBuf> stream(ContentHash file, ByteRange range) {
        return Flux.<ByteBuf, ChunkSequence>generate(
                        () -> open(file, range),
                        (chunks, sink) -> {
                            try {
                                ChunkSequence.Piece piece = chunks.next();
                                if (piece == null) {
                                    sink.complete();
                                } else {
                                    sink.next(Unpooled.wrappedBuffer(piece.data(), piece.offset(), piece.length()));
                                }
                            } catch (IOException e) {
                                sink.error(e);
                            }
                            return chunks;
                        },
                        ChunkSequence::close)
                .subscribeOn(disk);
    }

    private ChunkSequence open(ContentHash file, ByteRange range) throws IOException {
        FileEntry entry = files.find(file);
        if (entry == null) {
            throw new FileNotFoundException("file " + file + " is not registered");
        }
        if (range.end() > entry.size()) {
            throw new IllegalArgumentException("bytes " + range + " of a file of " + entry.size() + " bytes");
        }
        ReconstructionPlan plan = range.isEmpty()
                ? new ReconstructionPlan(0, List.of(), Map.of())
                : planner.plan(entry.segments(), range);
        return new ChunkSequence(plan, range.length(), xorbs);
    }
}
