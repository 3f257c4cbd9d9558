/** Who may call: users with their Hub tokens, and signed, expiring storage tokens. */
@NullMarked
package io.hfmount.emulator.auth;

import org.jspecify.annotations.NullMarked;
