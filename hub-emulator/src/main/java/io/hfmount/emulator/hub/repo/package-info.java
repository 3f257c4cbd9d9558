/** The Hub's routes for models, datasets and Spaces as real clients call them (hub-api §4, §5). */
@NullMarked
package io.hfmount.emulator.hub.repo;

import org.jspecify.annotations.NullMarked;
