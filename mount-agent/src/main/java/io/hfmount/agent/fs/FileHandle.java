package io.hfmount.agent.fs;

import io.hfmount.agent.content.OpenContent;
import io.hfmount.model.ContentHash;
import org.jspecify.annotations.Nullable;

/**
 * An open file. It refers to its inode and never to a descriptor, so that it always sees the current staging epoch
 * (H-85). Content of the moment of opening is remembered: a clean reader keeps reading it through remote changes, and
 * leaves it when this mount writes the file (H-86).
 */
final class FileHandle {
    final Inode inode;
    final boolean readable;
    final boolean writable;

    /** Its close asks for publication: it could write, or its opening made or emptied the file. */
    final boolean publishes;

    /** Hash the reader is bound to; null when it sees live content. */
    final @Nullable ContentHash frozenHash;

    final long frozenSize;

    /** {@link Inode#localSequence} at open. */
    final long localSequence;

    private long errSeqSeen; // guarded by this
    private @Nullable OpenContent content; // guarded by this
    private @Nullable ContentHash contentHash; // guarded by this; what content was opened for
    private boolean closed; // guarded by this

    FileHandle(Inode inode, boolean readable, boolean writable, boolean publishes, boolean live) {
        this.inode = inode;
        this.readable = readable;
        this.writable = writable;
        this.publishes = publishes;
        this.frozenHash = live ? null : inode.contentHash;
        this.frozenSize = inode.size;
        this.localSequence = inode.localSequence;
        this.errSeqSeen = inode.lastError == null ? inode.errSeq : inode.errSeq - 1;
    }

    /** Opened content of {@code hash}, made on first use. */
    synchronized OpenContent content(ContentAccess access, ContentHash hash, long size) {
        if (content == null || !hash.equals(contentHash)) {
            if (content != null) {
                content.close();
            }
            content = access.open(hash, size);
            contentHash = hash;
            if (closed) {
                content.close();
            }
        }
        return content;
    }

    /** Whether an error up to {@code errSeq} was not reported through this handle yet; it is now. */
    synchronized boolean advanceErrors(long errSeq) {
        boolean news = errSeq > errSeqSeen;
        errSeqSeen = Math.max(errSeqSeen, errSeq);
        return news;
    }

    synchronized boolean isClosed() {
        return closed;
    }

    synchronized void close() {
        closed = true;
        if (content != null) {
            content.close();
        }
    }
}
