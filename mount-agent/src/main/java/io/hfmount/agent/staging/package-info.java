/** Local files that hold what applications wrote, and stable views of them for uploads (mount-semantics §1.6, §3.5). */
@NullMarked
package io.hfmount.agent.staging;

import org.jspecify.annotations.NullMarked;
