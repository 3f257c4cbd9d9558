package io.hfmount.agent.transport;

import java.nio.file.Path;

/**
 * How to mount. Immutable.
 *
 * @param mountPoint an existing directory, absolute
 * @param source what {@code /proc/mounts} shows as the device
 * @param readOnly whether the kernel itself refuses writes
 * @param ownerOnly no {@code allow_other}
 * @param maxBackground most requests the kernel keeps in flight in the background
 */
public record TransportOptions(
        Path mountPoint, String source, boolean readOnly, boolean ownerOnly, int maxBackground) {}
