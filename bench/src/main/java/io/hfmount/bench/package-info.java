/**
 * Benchmarks of the whole mount: real processes, a real mount, and in the same run the limit that it is compared with.
 * The kernels of hashing and chunking are in {@code jmh}.
 */
@NullMarked
package io.hfmount.bench;

import org.jspecify.annotations.NullMarked;
