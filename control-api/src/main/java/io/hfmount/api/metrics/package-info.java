/** The meters of a mount in Micrometer, under the names of the catalogue. */
@NullMarked
package io.hfmount.api.metrics;

import org.jspecify.annotations.NullMarked;
