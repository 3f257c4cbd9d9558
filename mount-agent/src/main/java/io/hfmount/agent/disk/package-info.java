/** What several concerns need of the local disk alike. */
@NullMarked
package io.hfmount.agent.disk;

import org.jspecify.annotations.NullMarked;
