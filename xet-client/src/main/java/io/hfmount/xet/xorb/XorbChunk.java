package io.hfmount.xet.xorb;

import io.hfmount.model.ContentHash;

/**
 * Where one chunk of a xorb ends; it starts where its predecessor ends.
 *
 * @param hash chunk hash
 * @param storedEnd end of its record in the stored xorb
 * @param unpackedEnd end of its content in the unpacked data
 */
public record XorbChunk(ContentHash hash, int storedEnd, int unpackedEnd) {}
