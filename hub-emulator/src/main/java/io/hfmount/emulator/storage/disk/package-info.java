/**
 * Storage on disk: xorbs, registered files and the global dedup index, each object in a file of its own named by its
 * hash. Objects appear by rename after they are complete, so a crash leaves whole objects and forgotten temporary files.
 */
@NullMarked
package io.hfmount.emulator.storage.disk;

import org.jspecify.annotations.NullMarked;
