package io.hfmount.bench;

import io.hfmount.bench.Agent.Mounted;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;

/**
 * A file on the Hub, put there through a mount that is gone.
 *
 * @param bucket where it is
 * @param name its path in there
 */
record Published(String bucket, String name) {
    /** Publishes {@code content}. */
    static Published of(Testbed bed, MemorySegment content) throws IOException {
        Published published = new Published(bed.newBucket(), "file");
        Mounted mount = bed.sidecar().mount(published.bucket, bed.newPath("mount"), Map.of());
        NativeFiles.write(mount.directory().resolve(published.name), content);
        bed.sidecar().unmount(mount);
        return published;
    }

    /** The file in a mount of its bucket. */
    Path in(Mounted mount) {
        return mount.directory().resolve(name);
    }
}
