package io.hfmount.model.api;

import java.util.List;

/**
 * What serves a mount, as agreed with the kernel.
 *
 * @param name {@code fuse} or {@code jnr-fuse}
 * @param protocol version of the kernel's protocol in use, e.g. {@code 7.45}
 * @param flags capabilities in force, then options of the engine's own as {@code name=value}
 * @param maxWrite largest write request in bytes
 */
public record EngineView(String name, String protocol, List<String> flags, int maxWrite) {
    public EngineView {
        flags = List.copyOf(flags);
    }
}
