/** The vocabulary every module shares: values only, no I/O. */
@NullMarked
package io.hfmount.model;

import org.jspecify.annotations.NullMarked;
