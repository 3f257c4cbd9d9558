/** The Hub's REST API as a mount of a bucket needs it. */
@NullMarked
package io.hfmount.hub;

import org.jspecify.annotations.NullMarked;
