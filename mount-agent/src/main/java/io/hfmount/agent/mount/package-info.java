/** One mount as a whole: its parts put together, its life from the first question to the Hub to the last flush. */
@NullMarked
package io.hfmount.agent.mount;

import org.jspecify.annotations.NullMarked;
