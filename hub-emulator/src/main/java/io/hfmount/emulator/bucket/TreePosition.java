package io.hfmount.emulator.bucket;

/**
 * A place in a listing that stays good while other entries come and go.
 *
 * @param path the last entry shown
 * @param isDirectory whether everything below {@code path} was shown with it
 */
public record TreePosition(String path, boolean isDirectory) {}
