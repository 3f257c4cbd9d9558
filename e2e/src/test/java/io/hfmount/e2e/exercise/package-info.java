/** Long random work on mounted files, compared with a plain array of bytes. */
@NullMarked
package io.hfmount.e2e.exercise;

import org.jspecify.annotations.NullMarked;
