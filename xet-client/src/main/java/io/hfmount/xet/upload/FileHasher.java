package io.hfmount.xet.upload;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.hash.Blake3Hasher;
import io.hfmount.xet.hash.XetHashes;

/**
 * The hash that a file of given bytes has when its chunks are cut afresh from its first byte (xet-protocol §3, §4). Not
 * thread-safe; holds one chunk at most.
 */
public final class FileHasher {
    private final Chunker chunker = new Chunker();
    private final Blake3Hasher hasher = XetHashes.chunkHasher();
    private final StreamingFileHash file = new StreamingFileHash();
    private final byte[] chunk = new byte[Chunker.MAX];
    private int length;

    /** Takes the next bytes of the file. */
    public void update(byte[] data, int off, int len) {
        int at = off;
        int end = off + len;
        while (at < end) {
            int taken = chunker.scan(data, at, end - at);
            int n = taken < 0 ? end - at : taken;
            if (taken < 0 || length > 0) {
                System.arraycopy(data, at, chunk, length, n);
                length += n;
            }
            if (taken >= 0 && length > 0) {
                add(chunk, 0, length);
                length = 0;
            } else if (taken >= 0) {
                add(data, at, n);
            }
            at += n;
        }
    }

    private void add(byte[] data, int off, int len) {
        file.add(new Chunk(hasher.hash(data, off, len), len));
    }

    /** The hash of the file; nothing may be added afterwards. */
    public ContentHash finish() {
        if (length > 0) {
            add(chunk, 0, length);
        }
        return file.finish();
    }
}
