package io.hfmount.xet.compose;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.Edit;
import io.hfmount.xet.LocalBase;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.cas.ChunkFetcher;
import io.hfmount.xet.cas.StorageClient;
import io.hfmount.xet.index.ChunkIndex;
import io.hfmount.xet.upload.FileComposer;
import java.util.List;
import reactor.core.publisher.Mono;

/** Composes edited files at chunk level, from an index of chunks where it knows the file (xet-protocol §13.9). Thread-safe. */
public final class EditComposer implements FileComposer {
    private final StorageClient storage;
    private final ChunkFetcher fetcher;
    private final ChunkIndex index;

    /**
     * A composer.
     *
     * @param fetcher fetches chunks of stored files
     * @param index knows chunk lists, and learns those that have to be downloaded
     */
    public EditComposer(StorageClient storage, ChunkFetcher fetcher, ChunkIndex index) {
        this.storage = storage;
        this.fetcher = fetcher;
        this.index = index;
    }

    @Override
    public Mono<UploadedContent> compose(
            Session session, ContentHash base, long baseSize, List<Edit> edits, LocalBase local) {
        return Mono.defer(() -> {
            EditList list = EditList.of(edits, baseSize);
            if (base.isZero() != (baseSize == 0)) {
                throw new IllegalArgumentException("the file " + base + " cannot have " + baseSize
                        + " bytes; only the empty file has the zero hash");
            }
            if (list.isEmpty()) {
                return Mono.just(new UploadedContent(base, baseSize, 0, baseSize));
            }
            return baseSize == 0
                    ? session.add(new Concatenation(list))
                    : session.assemble(new EditComposition(storage, fetcher, index, base, list, local));
        });
    }
}
