package io.hfmount.agent.vfs;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One setattr request; null means "leave". All given attributes are applied (mount-semantics §2.3).
 *
 * @param size new size in bytes
 * @param permissions low 12 bits of the mode
 * @param uid owner
 * @param gid group
 * @param atime access time; "now" is resolved by the transport
 * @param mtime modification time
 */
public record AttributeChange(
        @Nullable Long size,
        @Nullable Integer permissions,
        @Nullable Integer uid,
        @Nullable Integer gid,
        @Nullable Instant atime,
        @Nullable Instant mtime) {
    /** Only the size. */
    public static AttributeChange ofSize(long size) {
        return new AttributeChange(size, null, null, null, null, null);
    }
}
