/**
 * The mount agent's front: what the control API may ask of it. A {@link io.hfmount.agent.MountAgent} turns a
 * {@link io.hfmount.agent.MountSpec} into a serving {@link io.hfmount.agent.Mount}; everything below is invisible.
 */
@NullMarked
package io.hfmount.agent;

import org.jspecify.annotations.NullMarked;
