/** Golden vectors of the Xet protocol: loading them and making the inputs they describe. */
@NullMarked
package io.hfmount.xet.vectors;

import org.jspecify.annotations.NullMarked;
