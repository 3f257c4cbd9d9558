/** The storage service's routes (xet-protocol §9, §13.3): what requests say and what answers look like. */
@NullMarked
package io.hfmount.emulator.storage.http;

import org.jspecify.annotations.NullMarked;
