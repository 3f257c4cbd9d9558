/**
 * Reads clean files: exact fetches, prefetch for sequential readers, a bounded memory, and a cache on disk of chunks or
 * of whole files.
 */
@NullMarked
package io.hfmount.agent.content;

import org.jspecify.annotations.NullMarked;
