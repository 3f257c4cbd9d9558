package io.hfmount.xet.compose;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.ContentSource;
import io.hfmount.xet.ContentStore;
import io.hfmount.xet.Edit;
import io.hfmount.xet.LocalBase;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.download.FileDownload;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The whole content of an edited file; what nobody has at hand is downloaded while it is read. Not thread-safe. */
final class EditedSource implements ContentSource {
    private static final Logger LOG = LoggerFactory.getLogger(EditedSource.class);

    private final ContentHash base;
    private final LocalBase local;
    private final FileDownload download;
    private final List<Piece> pieces = new ArrayList<>();
    private final long size;

    /** Bytes {@code [at, at + length)} of the result: those of {@code data}, or of the base if null, from {@code from}. */
    private record Piece(long at, long length, Edit edit, long from) {
        long end() {
            return at + length;
        }
    }

    EditedSource(ContentStore store, ContentHash base, EditList edits, LocalBase local) {
        this.base = base;
        this.local = local;
        this.download = new FileDownload(store);
        long cursor = 0;
        Edit none = new Edit(0, 0, this);
        for (int i = 0; i < edits.count(); i++) {
            Edit edit = edits.get(i);
            append(none, cursor, edit.start() - cursor);
            append(edit, 0, edits.length(i));
            cursor = edit.end();
        }
        append(none, cursor, edits.baseSize() - cursor);
        this.size = edits.newSize();
    }

    private void append(Edit edit, long from, long length) {
        if (length > 0) {
            pieces.add(new Piece(pieces.isEmpty() ? 0 : pieces.getLast().end(), length, edit, from));
        }
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public int read(long position, ByteBuffer target) throws IOException {
        if (position >= size || !target.hasRemaining()) {
            return 0;
        }
        Piece piece = pieces.get(pieceAt(position));
        long from = piece.from + position - piece.at;
        int count = (int) Math.min(target.remaining(), piece.end() - position);
        ByteBuffer part = target.slice(target.position(), count);
        int read = piece.edit.data().equals(this)
                ? readBase(ByteRange.of(from, count), part)
                : piece.edit.data().read(from, part);
        target.position(target.position() + Math.max(read, 0));
        return read;
    }

    private int pieceAt(long position) {
        int low = 0;
        int high = pieces.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (pieces.get(middle).at <= position) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    private int readBase(ByteRange range, ByteBuffer target) throws IOException {
        if (local.holds(range)) {
            try {
                return local.read(range.start(), target);
            } catch (IOException e) {
                LOG.warn("bytes of {} that were at hand are fetched again: {}", base, e.toString());
            }
        }
        download.read(base, range).doOnNext(target::put).blockLast();
        if (target.hasRemaining()) {
            throw new StorageException(StorageException.Kind.CORRUPT, "storage has fewer bytes of " + base);
        }
        return (int) range.length();
    }
}
