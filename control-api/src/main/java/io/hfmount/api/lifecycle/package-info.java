/** The end of the process: drain, unmount, exit code. */
@NullMarked
package io.hfmount.api.lifecycle;

import org.jspecify.annotations.NullMarked;
