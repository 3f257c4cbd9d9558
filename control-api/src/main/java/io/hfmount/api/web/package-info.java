/** Who may talk to the API: the check of Host and Origin. */
@NullMarked
package io.hfmount.api.web;

import org.jspecify.annotations.NullMarked;
