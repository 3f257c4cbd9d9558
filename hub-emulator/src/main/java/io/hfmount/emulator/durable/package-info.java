/** What every store on disk needs: a log of records, the lock of its directory, durable folders. */
@NullMarked
package io.hfmount.emulator.durable;

import org.jspecify.annotations.NullMarked;
