/** How failures become problem bodies (RFC 9457): one table for all routes. */
@NullMarked
package io.hfmount.api.problem;

import org.jspecify.annotations.NullMarked;
