/** Acceptance tests: the product as a user meets it, with real processes, kernel mounts and Hub clients. */
@NullMarked
package io.hfmount.e2e;

import org.jspecify.annotations.NullMarked;
