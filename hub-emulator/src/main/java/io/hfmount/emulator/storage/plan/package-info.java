/**
 * The arithmetic of answers over chunk layouts: which records hold a byte range of a file (xet-protocol §9.4) and which
 * windows an edit needs (§13.3). Holds no connection and no file of its own.
 */
@NullMarked
package io.hfmount.emulator.storage.plan;

import org.jspecify.annotations.NullMarked;
