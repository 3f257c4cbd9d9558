/**
 * What one round trip through an engine costs: programs for processes of their own. The server's file system does next to
 * nothing, so the figure is the engine's and the kernel's alone.
 */
@NullMarked
package io.hfmount.bench.roundtrip;

import org.jspecify.annotations.NullMarked;
