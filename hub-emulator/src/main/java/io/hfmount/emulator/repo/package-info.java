/** Repos of the Hub: references, commits and trees, on disk before they are seen. */
@NullMarked
package io.hfmount.emulator.repo;

import org.jspecify.annotations.NullMarked;
