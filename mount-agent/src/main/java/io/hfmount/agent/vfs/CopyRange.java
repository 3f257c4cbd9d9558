package io.hfmount.agent.vfs;

/**
 * A copy_file_range between two open files.
 *
 * @param handle open file to copy from
 * @param offset where in it
 * @param toHandle open file to copy to
 * @param toOffset where in it
 * @param length most bytes to copy
 */
public record CopyRange(long handle, long offset, long toHandle, long toOffset, long length) {
    /** Whether source and target, in one file, share a byte. */
    public boolean overlaps() {
        return Math.abs(offset - toOffset) < length;
    }
}
