/** Xorbs: containers of compressed chunks, written, validated and read in parts (xet-protocol §6). */
@NullMarked
package io.hfmount.xet.xorb;

import org.jspecify.annotations.NullMarked;
