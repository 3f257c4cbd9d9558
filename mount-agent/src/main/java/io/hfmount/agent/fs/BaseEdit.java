package io.hfmount.agent.fs;

import io.hfmount.model.ByteRange;

/**
 * One change of a base: {@code [start, end)} of it gives way to bytes of the edited file.
 *
 * @param start first replaced offset of the base
 * @param end one past the last
 * @param data where the new bytes are in the edited file; may be empty
 */
public record BaseEdit(long start, long end, ByteRange data) {}
