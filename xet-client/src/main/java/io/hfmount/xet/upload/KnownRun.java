package io.hfmount.xet.upload;

import io.hfmount.model.ContentHash;

/**
 * Consecutive chunks that a stored xorb already has.
 *
 * @param xorb its hash
 * @param start index of the first chunk inside it
 * @param count number of chunks, at least 1
 */
record KnownRun(ContentHash xorb, int start, int count) {}
