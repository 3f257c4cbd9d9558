/** The control API's mounts: registry, checks of mount points, routes, and the mounts declared in configuration. */
@NullMarked
package io.hfmount.api.mounts;

import org.jspecify.annotations.NullMarked;
