package io.hfmount.agent.content;

import io.hfmount.agent.content.FileContent.InMemory;
import io.hfmount.agent.content.FileContent.Missing;
import io.hfmount.agent.content.FileContent.OnDisk;
import io.hfmount.agent.content.FileContent.Part;
import io.hfmount.agent.content.FileContent.Resolution;
import io.hfmount.agent.content.FileContent.UnderWay;
import io.hfmount.agent.content.RangeFetch.Piece;
import io.hfmount.agent.content.RangeFetch.PieceData;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.xet.ChunkRun;
import io.hfmount.xet.StorageException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;

/**
 * One read that may wait, on the thread that waits. Everything missing is asked for at once and served in order; a
 * failed fetch is asked for again, exactly and after a pause, until the attempts are used up. Each wait ends, because
 * each thing waited for has a time-out of its own.
 */
final class WaitingRead {
    private static final Logger log = LoggerFactory.getLogger(WaitingRead.class);

    private static final long PAUSE_MILLIS = 100;

    /** Rounds without progress after which chunks that seem to be here are fetched all the same. */
    private static final int STALE_ROUNDS = 2;

    private final ReadContext context;
    private final FileContent file;
    private final Prefetcher prefetcher;
    private final long start;
    private final long end;
    private final MemorySegment target;

    private long position;
    private int failures;
    private int stale;

    /** @param target its size is what to read; inside the file */
    WaitingRead(ReadContext context, FileContent file, Prefetcher prefetcher, long start, MemorySegment target) {
        this.context = context;
        this.file = file;
        this.prefetcher = prefetcher;
        this.start = start;
        this.end = start + target.byteSize();
        this.target = target;
        this.position = start;
    }

    /** Fills the target. */
    void run() throws FsException {
        file.recall();
        boolean first = true;
        while (position < end) {
            Resolution resolution = file.resolve(position, end, stale >= STALE_ROUNDS);
            long before = position;
            try {
                resolution.made().forEach(RangeFetch::begin);
                if (first) {
                    prefetcher.onRead(start, end, !resolution.made().isEmpty());
                    first = false;
                }
                for (Part part : resolution.parts()) {
                    if (!serve(part)) {
                        break;
                    }
                }
                if (position > before) {
                    failures = 0;
                    stale = 0;
                } else if (++stale > 2 * STALE_ROUNDS) {
                    throw new FsException(Errno.EIO, "bytes of " + file.hash() + " vanish as soon as they are here");
                }
            } catch (StorageException failed) {
                if (position > before) {
                    failures = 0;
                }
                afterFailure(failed);
            } finally {
                giveBack(resolution);
            }
        }
    }

    /** Serves a part from {@link #position} on; false if the rest has to be looked up again. */
    private boolean serve(Part part) throws FsException {
        if (part.end() <= position) {
            return true;
        }
        return switch (part) {
            case InMemory here -> {
                PartCopier.copy(context, here, slice(here.start(), here.end()));
                position = here.end();
                yield true;
            }
            case OnDisk here -> {
                boolean sound = PartCopier.read(context, here, slice(here.start(), here.end()));
                if (sound) {
                    position = here.end();
                }
                yield sound;
            }
            case UnderWay coming -> await(coming);
            case Missing none -> throw new IllegalStateException("a missing part was not asked for");
        };
    }

    private boolean await(UnderWay coming) throws FsException {
        RangeFetch fetch = coming.fetch();
        for (Piece piece : await(fetch.pieces())) {
            if (piece.end() <= position) {
                continue;
            }
            if (position >= coming.end()) {
                break;
            }
            if (piece.start() > position) {
                return false;
            }
            fetch.hurry(piece);
            PieceData data = await(piece.data());
            ChunkRun run = data.run();
            if (run == null) {
                return false; // its chunks are in memory or on disk: look again
            }
            long to = Math.min(piece.end(), coming.end());
            PartCopier.copy(
                    run.data(), data.offset() + (int) (position - piece.start()), slice(position, to), to - position);
            context.observer().served(ContentObserver.Source.STORAGE, to - position);
            position = to;
        }
        return position >= coming.end();
    }

    private MemorySegment slice(long from, long to) {
        return target.asSlice(from - start, to - from);
    }

    private void afterFailure(StorageException failed) throws FsException {
        failures++;
        Errno errno = switch (failed.kind()) {
            case UNAUTHORIZED, FORBIDDEN -> Errno.EACCES;
            default -> Errno.EIO;
        };
        boolean again = switch (failed.kind()) {
            case UNAUTHORIZED, FORBIDDEN, NOT_FOUND, REJECTED -> false;
            default -> true;
        };
        if (!again
                || failures >= context.settings().attempts()
                || context.flights().isClosed()) {
            log.warn(
                    "Reading bytes {} to {} of {} failed after {} attempts: {}",
                    position,
                    end,
                    file.hash(),
                    failures,
                    failed.getMessage());
            throw new FsException(
                    errno, "reading " + file.hash() + " at " + position + " failed: " + failed.getMessage(), failed);
        }
        CompletableFuture<Boolean> pause = new CompletableFuture<>();
        Disposable alarm =
                context.timer().schedule(() -> pause.complete(true), PAUSE_MILLIS * failures, TimeUnit.MILLISECONDS);
        try {
            await(pause);
        } finally {
            alarm.dispose();
        }
    }

    private static <T> T await(CompletableFuture<T> future) throws FsException {
        try {
            return future.get();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR, "the read was interrupted", interrupted);
        } catch (ExecutionException failed) {
            throw RunChecks.asStorageException(failed.getCause());
        }
    }

    private void giveBack(Resolution resolution) {
        boolean interrupted = Thread.currentThread().isInterrupted();
        for (Part part : resolution.parts()) {
            if (part instanceof UnderWay coming) {
                boolean mine = resolution.made().contains(coming.fetch());
                file.giveBack(coming.fetch(), interrupted && mine);
            }
        }
    }
}
