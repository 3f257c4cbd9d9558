/** Doubles of the Hub and the contract they share with it. */
@NullMarked
package io.hfmount.hub;

import org.jspecify.annotations.NullMarked;
