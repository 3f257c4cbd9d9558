/** A bounded record of the requests that were served, for tests and for whoever debugs a client. */
@NullMarked
package io.hfmount.emulator.recording;

import org.jspecify.annotations.NullMarked;
