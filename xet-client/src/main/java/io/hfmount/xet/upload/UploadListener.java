package io.hfmount.xet.upload;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.shard.FileEntry;
import java.util.List;

/** Told what an upload leaves in storage. Called on threads that may block. */
public interface UploadListener {
    /** Ignores everything. */
    UploadListener NONE = new UploadListener() {};

    /** Storage has the xorb and a shard describes it; {@code chunks} is its complete list. */
    default void xorbRegistered(ContentHash xorb, List<Chunk> chunks) {}

    /** Storage knows the file. */
    default void fileRegistered(FileEntry file) {}

    /** Chunks of registered files were not sent because the index on disk knew them. */
    default void reusedFromIndex(long chunks, long bytes) {}
}
