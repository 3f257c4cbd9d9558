/** The Hub's routes for buckets as real clients call them (hub-api). */
@NullMarked
package io.hfmount.emulator.hub;

import org.jspecify.annotations.NullMarked;
