/** Registration of shards: everything a shard claims is checked against stored xorbs before anything is kept. */
@NullMarked
package io.hfmount.emulator.storage.register;

import org.jspecify.annotations.NullMarked;
