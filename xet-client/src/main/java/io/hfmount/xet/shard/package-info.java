/** Shards: the binary metadata that registers files and describes xorbs (xet-protocol §8). */
@NullMarked
package io.hfmount.xet.shard;

import org.jspecify.annotations.NullMarked;
