package io.hfmount.agent.vfs;

/** Whether an operation may wait for the network, for space, or for another request's lock. */
public enum Wait {
    /** Must not wait: throws {@link WouldBlockException} instead, before any effect. Local disk calls are no waiting. */
    NEVER,
    /** May wait; the caller's thread is its own (a virtual thread). */
    ALLOWED
}
