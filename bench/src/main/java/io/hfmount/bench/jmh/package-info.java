/** Throughput of the kernels that bound uploads: hashing, chunking and compression on one thread. */
@NullMarked
package io.hfmount.bench.jmh;

import org.jspecify.annotations.NullMarked;
