/** Content-defined chunking: where a file is cut, and which cuts survive an edit (xet-protocol §3). */
@NullMarked
package io.hfmount.xet.chunk;

import org.jspecify.annotations.NullMarked;
