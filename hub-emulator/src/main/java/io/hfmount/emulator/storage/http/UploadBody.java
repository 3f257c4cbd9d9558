package io.hfmount.emulator.storage.http;

import io.hfmount.emulator.http.RefusedException;
import io.hfmount.emulator.http.Request;
import io.hfmount.emulator.storage.disk.StorageDirectory;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Streams a request body into a temporary file, and removes the file when its use is over. Thread-safe. */
final class UploadBody {
    /** Pieces that wait for the disk, which bounds the memory of an upload. */
    private static final int PIECES_AHEAD = 8;

    private final StorageDirectory directory;
    private final StorageRequests requests;

    UploadBody(StorageDirectory directory, StorageRequests requests) {
        this.directory = directory;
        this.requests = requests;
    }

    /** What is done with a received body, on a thread that may block. */
    @FunctionalInterface
    interface Use<T> {
        /** Uses the file, which is deleted afterwards unless it was moved away. */
        T apply(Path body) throws Exception;
    }

    /** Looks at a body while it arrives, piece by piece, on threads that may block, one at a time. */
    @FunctionalInterface
    interface Watch {
        /** Looks at the next bytes, which belong to the receiver. */
        void take(byte[] piece);
    }

    /** Receives a body that nobody watches, then uses it. */
    <T> Mono<T> receive(Request request, long limit, String what, Use<T> use) {
        return receive(request, limit, what, piece -> {}, use);
    }

    /**
     * Receives a body, then uses it.
     *
     * @param limit most bytes accepted
     * @param what names the body in a refusal
     * @param watch sees every piece that is within the limit, before {@code use}
     * @return what {@code use} gives; a {@link RefusedException} 413 beyond the limit
     */
    <T> Mono<T> receive(Request request, long limit, String what, Watch watch, Use<T> use) {
        if (announcesMore(request.header(HttpHeaderNames.CONTENT_LENGTH), limit)) {
            return Mono.error(tooLarge(limit, what));
        }
        return Mono.usingWhen(
                requests.onDisk(() -> new Target(directory.newTemporary())),
                target -> request.content()
                        .map(UploadBody::bytes)
                        .publishOn(requests.disk(), PIECES_AHEAD)
                        .doOnNext(piece -> target.append(piece, limit, what, watch))
                        .then(Mono.fromCallable(() -> target.use(use))),
                target -> requests.onDisk(target::delete));
    }

    private static byte[] bytes(ByteBuf piece) {
        byte[] bytes = new byte[piece.readableBytes()];
        piece.getBytes(piece.readerIndex(), bytes);
        return bytes;
    }

    private static boolean announcesMore(@Nullable String contentLength, long limit) {
        try {
            return contentLength != null && Long.parseLong(contentLength) > limit;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private static RefusedException tooLarge(long limit, String what) {
        return new RefusedException(413, null, "a " + what + " has at most " + limit + " bytes");
    }

    /**
     * The temporary file. Its methods exclude each other: a client that goes away has the file deleted by another thread,
     * which then waits for a piece that is being written, or for the end of the use.
     */
    private static final class Target {
        private final Path path;
        // Guarded by this.
        private final FileChannel file;
        private long written;

        Target(Path path) throws IOException {
            this.path = path;
            this.file = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        }

        synchronized void append(byte[] piece, long limit, String what, Watch watch) {
            if (!file.isOpen()) {
                return; // nobody waits for this body any more
            }
            if (piece.length > limit - written) {
                throw tooLarge(limit, what);
            }
            ByteBuffer rest = ByteBuffer.wrap(piece);
            try {
                while (rest.hasRemaining()) {
                    file.write(rest);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            written += piece.length;
            watch.take(piece);
        }

        synchronized <T> T use(Use<T> use) throws Exception {
            file.close();
            return use.apply(path);
        }

        synchronized boolean delete() throws IOException {
            file.close();
            return Files.deleteIfExists(path);
        }
    }
}
