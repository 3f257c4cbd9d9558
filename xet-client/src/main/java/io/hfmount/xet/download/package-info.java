/** Reading whole files and long ranges in order, for tools and tests; a mount reads through its own caches. */
@NullMarked
package io.hfmount.xet.download;

import org.jspecify.annotations.NullMarked;
