package io.hfmount.xet;

import io.hfmount.model.ContentHash;

/**
 * What one file became in storage. The file can be referred to only after {@link UploadSession#finish()} succeeded.
 *
 * @param hash file hash, {@link ContentHash#ZERO} for empty content
 * @param size bytes that were read from the source
 * @param newBytes bytes that went into new xorbs, before compression
 * @param reusedBytes bytes that storage or this session already had
 */
public record UploadedContent(ContentHash hash, long size, long newBytes, long reusedBytes) {}
