package io.hfmount.bench.jmh;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.hash.Blake3;
import io.hfmount.xet.hash.Blake3Hasher;
import io.hfmount.xet.hash.XetHashes;
import io.hfmount.xet.xorb.SegmentPool;
import io.hfmount.xet.xorb.XorbBody;
import io.hfmount.xet.xorb.XorbWriter;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What an upload does to each byte, on one thread. An operation of {@link #blake3}, {@link #blake3Hot} and {@link #copy} is
 * 64 KiB, one of the others 8 MiB; the content is random, so compression finds nothing, as with most weights.
 */
@State(Scope.Thread)
public class Kernels {
    /** Bytes of the operations {@link #blake3}, {@link #blake3Hot} and {@link #copy}. */
    public static final int BLOCK = 64 << 10;
    /** Bytes of the operations {@link #chunker} and {@link #pipeline}. */
    public static final int CONTENT = 8 << 20;

    private final byte[] content = content();
    private final byte[] target = new byte[CONTENT];
    private final Blake3Hasher hasher = XetHashes.chunkHasher();
    private final Chunker chunker = new Chunker();
    private final XorbWriter writer = XorbWriter.automatic(new SegmentPool(2L * CONTENT));
    private int at;

    /** The bytes that are worked on, always the same. */
    public static byte[] content() {
        byte[] bytes = new byte[CONTENT];
        new SplittableRandom(1).nextBytes(bytes);
        return bytes;
    }

    /** Waits for the kernel that will be used. */
    @Setup(Level.Trial)
    public void prepare() {
        Blake3.prepare().join();
    }

    /** Hashes a chunk of the usual size, which the processor last saw 8 MiB ago. */
    @Benchmark
    public ContentHash blake3() {
        at = (at + BLOCK) % CONTENT;
        return hasher.hash(content, at, BLOCK);
    }

    /** Hashes the same chunk again and again, which stays in the processor's caches. */
    @Benchmark
    public ContentHash blake3Hot() {
        return hasher.hash(content, 0, BLOCK);
    }

    /** Copies as many bytes as {@link #blake3} hashes: the most that any kernel can do. */
    @Benchmark
    public byte[] copy() {
        at = (at + BLOCK) % CONTENT;
        System.arraycopy(content, at, target, at, BLOCK);
        return target;
    }

    /** Finds all cuts. */
    @Benchmark
    public int chunker() {
        chunker.reset();
        int cuts = 0;
        for (int done = 0; done < CONTENT; ) {
            int taken = chunker.scan(content, done, CONTENT - done);
            if (taken < 0) {
                break;
            }
            done += taken;
            cuts++;
        }
        return cuts;
    }

    /** Cuts, hashes, compresses and collects into a xorb, as uploads do. */
    @Benchmark
    public int pipeline() {
        chunker.reset();
        for (int done = 0; done < CONTENT; ) {
            int taken = chunker.scan(content, done, CONTENT - done);
            int length = taken < 0 ? CONTENT - done : taken;
            writer.add(new Chunk(hasher.hash(content, done, length), length), content, done);
            done += length;
        }
        XorbBody body = writer.finish().body();
        body.release();
        return body.length();
    }
}
