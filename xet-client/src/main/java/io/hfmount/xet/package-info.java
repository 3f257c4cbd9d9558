/** The Xet protocol as its users see it: store content, read content back by hash. */
@NullMarked
package io.hfmount.xet;

import org.jspecify.annotations.NullMarked;
