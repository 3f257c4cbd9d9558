/** The sidecar together with an embedded Hub, for a first run without network and account. */
@NullMarked
package io.hfmount.api.demo;

import org.jspecify.annotations.NullMarked;
