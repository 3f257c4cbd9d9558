package io.hfmount.emulator.repo;

import io.hfmount.model.ContentHash;
import java.nio.charset.StandardCharsets;

/** Where the bytes of a repo's file are. Immutable. */
public sealed interface RepoContent {
    /** Bytes of the file itself. */
    long size();

    /** Git's blob id: of the file, or of the pointer that git keeps instead of it. */
    String oid();

    /** What names the content for caches: the blob id, or the sha256 of content in storage (hub-api §4.1). */
    String etag();

    /** Git keeps the bytes. */
    record Plain(String oid, long size) implements RepoContent {
        @Override
        public String etag() {
            return oid;
        }
    }

    /**
     * The storage service keeps the bytes, git a pointer.
     *
     * @param hash content hash
     * @param sha256 of the bytes; its text form is the usual hex
     */
    record Stored(ContentHash hash, ContentHash sha256, long size) implements RepoContent {
        /** The pointer file as git keeps it. */
        public byte[] pointer() {
            String text =
                    "version https://git-lfs.github.com/spec/v1\noid sha256:" + sha256.text() + "\nsize " + size + "\n";
            return text.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String oid() {
            return GitId.ofBlob(pointer());
        }

        @Override
        public String etag() {
            return sha256.text();
        }
    }
}
