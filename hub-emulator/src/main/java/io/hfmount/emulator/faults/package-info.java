/** Scripted faults: requests that are refused, stalled, cut or dropped on purpose, on every route. */
@NullMarked
package io.hfmount.emulator.faults;

import org.jspecify.annotations.NullMarked;
