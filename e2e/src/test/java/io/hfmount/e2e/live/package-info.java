/** What the acceptance tests start and talk to: processes, kernel mounts, the control API, the Python client. */
@NullMarked
package io.hfmount.e2e.live;

import org.jspecify.annotations.NullMarked;
