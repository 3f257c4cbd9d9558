/** The hash tree over chunks: xorb and file hashes, and mergeable summaries of chunk runs (xet-protocol §4, §5). */
@NullMarked
package io.hfmount.xet.merkle;

import org.jspecify.annotations.NullMarked;
