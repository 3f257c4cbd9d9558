/** Turns what users write, in JSON or in configuration, into the values of the agent. */
@NullMarked
package io.hfmount.api.request;

import org.jspecify.annotations.NullMarked;
