package io.hfmount.xet.cas;

/** The sorts of storage calls, as they appear in metrics and messages. */
public enum StorageRoute {
    /** Where the bytes of a file are. */
    RECONSTRUCTION("reconstruction"),
    /** Which known xorbs hold a chunk. */
    CHUNK_QUERY("chunk-query"),
    /** Storing a xorb. */
    XORB_UPLOAD("xorb-upload"),
    /** Registering files. */
    SHARD_UPLOAD("shard-upload"),
    /** Asking for a file's size. */
    FILE_SIZE("file-size"),
    /** What must be cut anew to edit a file. */
    WINDOWS("windows"),
    /** Bytes of a stored xorb. */
    DATA("data");

    private final String label;

    StorageRoute(String label) {
        this.label = label;
    }

    /** Stable name: lower case with dashes. */
    public String label() {
        return label;
    }
}
