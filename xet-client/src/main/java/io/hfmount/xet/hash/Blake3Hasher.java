package io.hfmount.xet.hash;

import io.hfmount.model.ContentHash;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A reusable keyed BLAKE3 hasher, for whole arrays or for a message that arrives in pieces. It owns its scratch space and
 * allocates nothing but the result. Not thread-safe.
 *
 * <p>The tree is built as the BLAKE3 paper describes (section 5.1): chaining values of finished subtrees wait on a stack
 * until their right sibling is complete; the last chunk stays open because only it can carry the root flag. Subtrees of up
 * to {@link Blake3Kernel#WINDOW} chunks are built level by level, which is what fills the lanes of the kernel.
 */
public final class Blake3Hasher {
    static final int CHUNK_BYTES = 1024;
    static final int CHUNK_START = 1;
    static final int CHUNK_END = 2;
    static final int PARENT = 4;
    static final int ROOT = 8;
    static final int KEYED_HASH = 16;

    private static final int CV_WORDS = 8;
    private static final int BLOCK_BYTES = 64;
    private static final int WINDOW_BYTES = Blake3Kernel.WINDOW * CHUNK_BYTES;
    /** Subtrees of a message shorter than 2^63 bytes that can wait at once. */
    private static final int MAX_DEPTH = 54;

    private static final VarHandle INT_LE = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private final int[] key;
    private final Supplier<KernelChoice> choices;
    private final int[] cv = new int[CV_WORDS];
    private final byte[] block = new byte[BLOCK_BYTES];
    private int[] stack = new int[0];
    private int depth;
    /** Chunks in the subtrees on the stack. */
    private long chunks;

    // Made when a message needs them: most messages under the other keys fit into one chunk.
    private @Nullable KernelChoice choice;
    private @Nullable Blake3Kernel kernel;
    private int[] nodes = new int[0];
    private byte[] open = new byte[0];
    private int openLength;

    /**
     * Creates a hasher for one key.
     *
     * @param key32 exactly 32 bytes, copied
     */
    public Blake3Hasher(byte[] key32) {
        this(keyWords(key32));
    }

    /** For keys of this package: {@code keyWords} is kept and never written. */
    Blake3Hasher(int[] keyWords) {
        this(keyWords, KernelSelection::current);
    }

    /** A hasher with a say in its kernel. */
    Blake3Hasher(int[] keyWords, Supplier<KernelChoice> choices) {
        this.key = keyWords;
        this.choices = choices;
    }

    static int[] keyWords(byte[] key32) {
        if (key32.length != Blake3.KEY_BYTES) {
            throw new IllegalArgumentException("a BLAKE3 key has 32 bytes, not " + key32.length);
        }
        int[] words = new int[CV_WORDS];
        for (int i = 0; i < CV_WORDS; i++) {
            words[i] = (int) INT_LE.get(key32, 4 * i);
        }
        return words;
    }

    /** Number of chunks of {@code len} bytes that are not the whole of an empty message. */
    static int chunksIn(int len) {
        return (len - 1) / CHUNK_BYTES + 1;
    }

    /** The hash of {@code data[off..off+len)} alone; what was added by {@link #update} before is forgotten. */
    public ContentHash hash(byte[] data, int off, int len) {
        Objects.checkFromIndexSize(off, len, data.length);
        reset();
        int at = off;
        int left = len;
        while (left > WINDOW_BYTES) {
            subtree(data, at, WINDOW_BYTES, 0);
            push(Blake3Kernel.WINDOW);
            at += WINDOW_BYTES;
            left -= WINDOW_BYTES;
        }
        return root(data, at, left);
    }

    /** Forgets what was added. */
    public void reset() {
        depth = 0;
        chunks = 0;
        openLength = 0;
    }

    /** Adds {@code data[off..off+len)} to the message. */
    public void update(byte[] data, int off, int len) {
        Objects.checkFromIndexSize(off, len, data.length);
        int at = off;
        int left = len;
        while (left > 0) {
            if (openLength == CHUNK_BYTES) {
                addChunks(open, 0, 1);
                openLength = 0;
            }
            if (openLength == 0 && left > CHUNK_BYTES) {
                int whole = (left - 1) / CHUNK_BYTES;
                addChunks(data, at, whole);
                at += whole * CHUNK_BYTES;
                left -= whole * CHUNK_BYTES;
            }
            int n = Math.min(left, CHUNK_BYTES - openLength);
            if (open.length == 0) {
                open = new byte[CHUNK_BYTES];
            }
            System.arraycopy(data, at, open, openLength, n);
            openLength += n;
            at += n;
            left -= n;
        }
    }

    /** The hash of everything added since the last reset or finish; the hasher is then empty again. */
    public ContentHash finish() {
        ContentHash result = root(open, 0, openLength);
        reset();
        return result;
    }

    /** Adds whole chunks that are not the last, in the greatest subtrees that begin here. */
    private void addChunks(byte[] data, int off, int count) {
        int at = off;
        int left = count;
        while (left > 0) {
            int n = Math.min(Blake3Kernel.WINDOW, Integer.highestOneBit(left));
            if (chunks != 0) {
                n = (int) Math.min(n, Long.lowestOneBit(chunks));
            }
            subtree(data, at, n * CHUNK_BYTES, 0);
            push(n);
            at += n * CHUNK_BYTES;
            left -= n;
        }
    }

    /** {@link #cv} = the top of the subtree over the next {@code len} bytes, at most a window. */
    private void subtree(byte[] data, int off, int len, int rootFlag) {
        if (len <= CHUNK_BYTES) {
            ScalarKernel.hashChunk(key, data, off, len, chunks, rootFlag, block, cv);
            return;
        }
        Blake3Kernel inner = kernel();
        if (nodes.length == 0) {
            nodes = new int[Blake3Kernel.NODES];
        }
        inner.hashChunks(key, data, off, len, chunks, nodes);
        int count = chunksIn(len);
        while (count > 2) {
            count = inner.joinPairs(key, nodes, count);
        }
        ScalarKernel.joinPair(key, nodes, 0, rootFlag, block, cv);
    }

    private Blake3Kernel kernel() {
        KernelChoice wanted = choices.get();
        Blake3Kernel own = kernel;
        if (own == null || wanted != choice) {
            own = wanted.create();
            kernel = own;
            choice = wanted;
        }
        return own;
    }

    /** Puts {@link #cv}, which stands for {@code n} chunks, on the stack after joining it with what it completes. */
    private void push(int n) {
        chunks += n;
        for (long k = chunks / n; (k & 1) == 0; k >>>= 1) {
            joinWithTop(0);
        }
        assert depth < MAX_DEPTH;
        if (stack.length == depth * CV_WORDS) {
            stack = Arrays.copyOf(stack, Math.max(8 * CV_WORDS, 2 * stack.length));
        }
        System.arraycopy(cv, 0, stack, depth * CV_WORDS, CV_WORDS);
        depth++;
    }

    /** {@link #cv} = parent of the top of the stack and {@link #cv}. */
    private void joinWithTop(int rootFlag) {
        depth--;
        for (int i = 0; i < CV_WORDS; i++) {
            INT_LE.set(block, 4 * i, stack[depth * CV_WORDS + i]);
            INT_LE.set(block, 32 + 4 * i, cv[i]);
        }
        ScalarKernel.compress(key, block, 0, BLOCK_BYTES, 0, KEYED_HASH | PARENT | rootFlag, cv);
    }

    /** Closes the tree with the last chunks, which are empty only when the message is. */
    private ContentHash root(byte[] data, int off, int len) {
        subtree(data, off, len, depth == 0 ? ROOT : 0);
        while (depth > 0) {
            joinWithTop(depth == 1 ? ROOT : 0);
        }
        return new ContentHash(word(0), word(2), word(4), word(6));
    }

    private long word(int i) {
        return Integer.toUnsignedLong(cv[i]) | (long) cv[i + 1] << 32;
    }
}
