package io.hfmount.emulator.auth;

/** What a storage token allows; writing includes reading. */
public enum Scope {
    /** Reconstruction, data, chunk queries. */
    READ,
    /** Uploads too. */
    WRITE;

    /** Whether a token of this scope may do what {@code wanted} asks. */
    public boolean covers(Scope wanted) {
        return compareTo(wanted) >= 0;
    }
}
