/**
 * Uploading whole files (xet-protocol §11): chunking while bytes arrive, dedup decisions, xorbs shared by the files of a
 * session, and registration by shard once every xorb is stored.
 */
@NullMarked
package io.hfmount.xet.upload;

import org.jspecify.annotations.NullMarked;
