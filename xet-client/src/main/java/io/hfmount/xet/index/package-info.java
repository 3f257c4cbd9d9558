/**
 * Remembers on disk which chunks xorbs are made of and which segments files have, so that a later edit needs neither
 * downloads nor queries to know (xet-protocol §13.9 rule 1). A cache: anything in it may be missing.
 */
@NullMarked
package io.hfmount.xet.index;

import org.jspecify.annotations.NullMarked;
