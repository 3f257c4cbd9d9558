/** Reads clean files: exact fetches, prefetch for sequential readers, a bounded memory and an on-disk chunk cache. */
@NullMarked
package io.hfmount.agent.content;

import org.jspecify.annotations.NullMarked;
