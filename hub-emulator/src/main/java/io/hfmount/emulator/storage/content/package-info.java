/** Bytes read back from stored xorbs: whole records for clients, decoded file content for the Hub. */
@NullMarked
package io.hfmount.emulator.storage.content;

import org.jspecify.annotations.NullMarked;
