package io.hfmount.agent.vfs;

/** What an inode is. */
public enum FileKind {
    FILE(0100000),
    DIRECTORY(0040000),
    SYMLINK(0120000);

    private final int typeBits;

    FileKind(int typeBits) {
        this.typeBits = typeBits;
    }

    /** The S_IFMT bits of {@code st_mode}. */
    public int typeBits() {
        return typeBits;
    }
}
