/**
 * The buckets: which file hash each path has. In memory, behind an append-only log with snapshots; the content itself is
 * storage's.
 */
@NullMarked
package io.hfmount.emulator.bucket;

import org.jspecify.annotations.NullMarked;
