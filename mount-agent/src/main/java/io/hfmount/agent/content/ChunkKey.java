package io.hfmount.agent.content;

import io.hfmount.model.ContentHash;

/**
 * Names one chunk.
 *
 * @param xorb xorb hash
 * @param index chunk index inside the xorb
 */
record ChunkKey(ContentHash xorb, int index) {}
