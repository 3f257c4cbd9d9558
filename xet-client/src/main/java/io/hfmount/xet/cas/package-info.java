/**
 * The storage service over HTTP (xet-protocol §9, §10): one port with its client, tokens, retries and the wire forms of
 * its answers.
 */
@NullMarked
package io.hfmount.xet.cas;

import org.jspecify.annotations.NullMarked;
