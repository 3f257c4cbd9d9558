/** Edited files put together from stored pieces and little new data (xet-protocol §13). */
@NullMarked
package io.hfmount.xet.compose;

import org.jspecify.annotations.NullMarked;
