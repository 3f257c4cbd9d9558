package io.hfmount.xet.compose;

import io.hfmount.model.ByteRange;
import io.hfmount.xet.LocalBase;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.hash.Blake3Hasher;
import io.hfmount.xet.hash.XetHashes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The bytes of chunks that are only partly replaced: those the editor holds, else exactly the chunks needed from storage.
 * Whole chunks are checked against their hash. Not thread-safe; blocks.
 */
final class BaseBytes {
    private static final Logger LOG = LoggerFactory.getLogger(BaseBytes.class);
    private static final int AT_ONCE = 8;

    private final BaseFile base;
    private final LocalBase local;
    private final BaseFetch fetch;
    private final FetchedChunks fetched;
    private final Blake3Hasher hasher = XetHashes.chunkHasher();

    BaseBytes(BaseFile base, LocalBase local, BaseFetch fetch, FetchedChunks fetched) {
        this.base = base;
        this.local = local;
        this.fetch = fetch;
        this.fetched = fetched;
    }

    /**
     * Copies bytes {@code [from, to)} of the file, which lie in {@code chunk}, to {@code target[off..]}.
     *
     * @throws StorageException if they cannot be had or are not what the hash says
     */
    void read(OldChunk chunk, long from, long to, byte[] target, int off) {
        if (readLocal(chunk, from, to, target, off)) {
            return;
        }
        byte[] whole = fetched.get(chunk.position());
        if (whole == null || whole.length != chunk.chunk().length()) {
            whole = BlockingCalls.await(fetch(chunk));
            fetched.put(chunk.position(), whole);
        }
        System.arraycopy(whole, (int) (from - chunk.position()), target, off, (int) (to - from));
    }

    private boolean readLocal(OldChunk chunk, long from, long to, byte[] target, int off) {
        int length = (int) (to - from);
        if (!local.holds(new ByteRange(from, to))) {
            return false;
        }
        try {
            ByteBuffer buffer = ByteBuffer.wrap(target, off, length);
            while (buffer.hasRemaining()) {
                int before = buffer.remaining();
                local.read(to - before, buffer);
                if (buffer.remaining() == before) {
                    throw new IOException("nothing is there at " + (to - before));
                }
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("bytes of file {} that were at hand are fetched again: {}", base.hash(), e.toString());
            return false;
        }
        if (length == chunk.chunk().length()
                && !hasher.hash(target, off, length).equals(chunk.chunk().hash())) {
            LOG.warn("bytes [{}, {}) at hand are not those of file {}; they are fetched again", from, to, base.hash());
            return false;
        }
        return true;
    }

    /** Fetches those of {@code chunks} that are neither in memory nor held, some at once. */
    void prepare(List<OldChunk> chunks) {
        List<OldChunk> missing = new ArrayList<>();
        for (OldChunk chunk : chunks) {
            if (fetched.get(chunk.position()) == null && !local.holds(chunk.range())) {
                missing.add(chunk);
            }
        }
        if (missing.size() > 1) {
            List<byte[]> whole = BlockingCalls.await(Flux.fromIterable(missing)
                    .flatMapSequential(this::fetch, AT_ONCE)
                    .collectList());
            for (int i = 0; i < missing.size(); i++) {
                fetched.put(missing.get(i).position(), whole.get(i));
            }
        }
    }

    private Mono<byte[]> fetch(OldChunk chunk) {
        return fetch.fetch(chunk.segment(), chunk.index(), chunk.range()).map(answer -> {
            int from = answer.run().startOf(chunk.index());
            int to = answer.run().endOf(chunk.index());
            byte @Nullable [] whole = Arrays.copyOfRange(answer.run().data(), from, to);
            if (whole.length != chunk.chunk().length()
                    || !XetHashes.chunkHasher()
                            .hash(whole, 0, whole.length)
                            .equals(chunk.chunk().hash())) {
                throw new StorageException(
                        StorageException.Kind.CORRUPT,
                        "chunk " + chunk.index() + " of xorb "
                                + base.segment(chunk.segment()).xorb() + " has not the content its hash says");
            }
            return whole;
        });
    }
}
