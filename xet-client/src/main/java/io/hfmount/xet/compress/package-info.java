/** Compression of single chunks: LZ4 frames, byte grouping and the choice between them (xet-protocol §7). */
@NullMarked
package io.hfmount.xet.compress;

import org.jspecify.annotations.NullMarked;
