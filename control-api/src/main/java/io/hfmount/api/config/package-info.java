/** Configuration of the sidecar, checked before anything starts, and the one place where the agent is built. */
@NullMarked
package io.hfmount.api.config;

import org.jspecify.annotations.NullMarked;
