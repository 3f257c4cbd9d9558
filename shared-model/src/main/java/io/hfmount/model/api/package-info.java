/** The control API's records as they appear in JSON, and its error codes. Values only; names are the JSON names. */
@NullMarked
package io.hfmount.model.api;

import org.jspecify.annotations.NullMarked;
