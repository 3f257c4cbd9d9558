/** The storage service (CAS) of the embedded Hub: xorbs, shards, registered files and their reconstruction. */
@NullMarked
package io.hfmount.emulator.storage;

import org.jspecify.annotations.NullMarked;
