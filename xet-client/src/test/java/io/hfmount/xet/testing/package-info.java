/** Fixtures for tests against the storage service: an in-memory one that is as strict as a server, and faults for it. */
@NullMarked
package io.hfmount.xet.testing;

import org.jspecify.annotations.NullMarked;
