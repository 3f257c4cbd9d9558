package io.hfmount.emulator.storage.content;

import io.hfmount.emulator.storage.disk.XorbStore;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;

/** Streams stored bytes of xorbs in bounded pieces, on a scheduler for disk work. Thread-safe. */
public final class RecordStream {
    private static final int PIECE = 64 * 1024;

    private final XorbStore xorbs;
    private final Scheduler disk;

    /**
     * @param xorbs what is streamed
     * @param disk where reads run; must not interrupt its tasks, which would close their channels
     */
    public RecordStream(XorbStore xorbs, Scheduler disk) {
        this.xorbs = xorbs;
        this.disk = disk;
    }

    /**
     * The bytes {@code range} of a stored object, read as they are asked for.
     *
     * @return pieces the receiver owns; fails if the object is gone or shorter
     */
    public Flux<ByteBuf> read(ContentHash xorb, ByteRange range) {
        return Flux.<ByteBuf, Cursor>generate(
                        () -> new Cursor(xorbs.open(xorb), range),
                        (cursor, sink) -> {
                            try {
                                ByteBuffer piece = cursor.next();
                                if (piece.hasRemaining()) {
                                    sink.next(Unpooled.wrappedBuffer(piece));
                                } else {
                                    sink.complete();
                                }
                            } catch (IOException e) {
                                sink.error(e);
                            }
                            return cursor;
                        },
                        Cursor::close)
                .subscribeOn(disk);
    }

    /** A channel and what is left to read of it. */
    private static final class Cursor {
        private final FileChannel file;
        private final long end;
        private long position;

        Cursor(FileChannel file, ByteRange range) {
            this.file = file;
            this.position = range.start();
            this.end = range.end();
        }

        ByteBuffer next() throws IOException {
            ByteBuffer piece = ByteBuffer.allocate((int) Math.min(PIECE, end - position));
            while (piece.hasRemaining()) {
                int read = file.read(piece, position);
                if (read < 0) {
                    throw new EOFException("a stored xorb is shorter than its layout says");
                }
                position += read;
            }
            return piece.flip();
        }

        void close() {
            try {
                file.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
