package io.hfmount.agent.transport;

import java.util.List;

/**
 * What serves a mount, as agreed with the kernel. Immutable.
 *
 * @param name the engine's name, e.g. {@code fuse}
 * @param protocol version of the kernel's protocol that both sides speak, e.g. {@code 7.45}
 * @param flags capabilities in force, then options of the engine's own as {@code name=value}
 * @param maxWrite largest write request in bytes
 */
public record Engine(String name, String protocol, List<String> flags, int maxWrite) {
    public Engine {
        flags = List.copyOf(flags);
    }
}
