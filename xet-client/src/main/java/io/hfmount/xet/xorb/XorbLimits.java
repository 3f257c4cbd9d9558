package io.hfmount.xet.xorb;

/** Limits of the xorb format (xet-protocol §1, §6.1). */
public final class XorbLimits {
    /** Greatest unpacked content of a xorb in bytes. */
    public static final int MAX_BYTES = 64 << 20;
    /** Greatest number of chunks. */
    public static final int MAX_CHUNKS = 8_192;
    /** Greatest stored payload of one chunk record in bytes. */
    public static final int MAX_STORED_CHUNK = 262_144;
    /** Length of a chunk record's header in bytes. */
    public static final int RECORD_HEADER = 8;
    /**
     * Greatest stored object a server needs to accept, in bytes: incompressible content, its record headers and a footer
     * need less than 2 MiB more than the content.
     */
    public static final int MAX_OBJECT_BYTES = MAX_BYTES + (2 << 20);

    private XorbLimits() {}
}
