/** What the Hub's routes for buckets and repos share on the wire: times, pages, addresses, lines, files. */
@NullMarked
package io.hfmount.emulator.hub.wire;

import org.jspecify.annotations.NullMarked;
