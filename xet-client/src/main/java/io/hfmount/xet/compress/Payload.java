package io.hfmount.xet.compress;

/**
 * The stored form of one chunk: a view of {@code bytes[off..off+length)}, valid until the compressor is used again or the
 * chunk's array changes.
 *
 * @param scheme what was used in the end
 * @param bytes array that holds the payload
 * @param off where it starts
 * @param length its length in bytes, at most that of the chunk
 */
public record Payload(Scheme scheme, byte[] bytes, int off, int length) {}
