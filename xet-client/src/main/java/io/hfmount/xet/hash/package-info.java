/** Keyed BLAKE3 and the hashes the Xet protocol builds from it (xet-protocol §2). */
@NullMarked
package io.hfmount.xet.hash;

import org.jspecify.annotations.NullMarked;
