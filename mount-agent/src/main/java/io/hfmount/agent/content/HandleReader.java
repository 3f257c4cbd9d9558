package io.hfmount.agent.content;

import io.hfmount.agent.content.FileContent.InMemory;
import io.hfmount.agent.content.FileContent.Missing;
import io.hfmount.agent.content.FileContent.OnDisk;
import io.hfmount.agent.content.FileContent.Part;
import io.hfmount.agent.content.FileContent.UnderWay;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.agent.vfs.WouldBlockException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** {@link OpenContent} over the parts that all handles share. */
final class HandleReader implements OpenContent {
    private final ReadContext context;
    private final FileContent file;
    private final Prefetcher prefetcher;
    private final Runnable whenClosed;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * @param expectAll whether the whole file will be read in order
     * @param whenClosed called once by {@link #close()}
     */
    HandleReader(ReadContext context, FileContent file, boolean expectAll, Runnable whenClosed) {
        this.context = context;
        this.file = file;
        this.prefetcher = new Prefetcher(context, file);
        this.whenClosed = whenClosed;
        if (expectAll) {
            prefetcher.expectAll();
        }
    }

    @Override
    public int read(long offset, MemorySegment target, Wait wait) throws FsException {
        if (closed.get()) {
            throw new FsException(Errno.EBADF, "the handle is closed");
        }
        if (offset < 0) {
            throw new FsException(Errno.EINVAL, "a read from offset " + offset);
        }
        long length = Math.min(Math.min(target.byteSize(), Integer.MAX_VALUE), file.size() - offset);
        if (length <= 0) {
            return 0;
        }
        MemorySegment into = target.asSlice(0, length);
        if (wait == Wait.NEVER) {
            readHere(offset, offset + length, into);
            prefetcher.onRead(offset, offset + length, false);
        } else {
            new WaitingRead(context, file, prefetcher, offset, into).run();
        }
        return (int) length;
    }

    /** Serves what is in memory and on disk; throws before any effect if that is not all. */
    private void readHere(long start, long end, MemorySegment into) {
        List<Part> parts = file.look(start, end);
        for (Part part : parts) {
            if (part instanceof Missing || part instanceof UnderWay) {
                throw WouldBlockException.INSTANCE;
            }
        }
        for (Part part : parts) {
            MemorySegment slice = into.asSlice(part.start() - start, part.end() - part.start());
            switch (part) {
                case InMemory here -> PartCopier.copy(context, here, slice);
                case OnDisk here -> {
                    if (!PartCopier.read(context, here, slice)) {
                        throw WouldBlockException.INSTANCE; // damaged: it is missing from now on
                    }
                }
                case UnderWay none -> throw WouldBlockException.INSTANCE;
                case Missing none -> throw WouldBlockException.INSTANCE;
            }
        }
    }

    /** Largest prefetch window, in bytes. */
    long window() {
        return prefetcher.window();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            prefetcher.close();
            whenClosed.run();
        }
    }
}
