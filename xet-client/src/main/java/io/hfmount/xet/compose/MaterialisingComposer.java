package io.hfmount.xet.compose;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.ContentStore;
import io.hfmount.xet.Edit;
import io.hfmount.xet.LocalBase;
import io.hfmount.xet.Reconstruction;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.upload.FileComposer;
import java.util.List;
import reactor.core.publisher.Mono;

/** Composes by uploading the whole edited content. Thread-safe. */
public final class MaterialisingComposer implements FileComposer {
    private final ContentStore store;

    /** A composer that reads from {@code store}. */
    public MaterialisingComposer(ContentStore store) {
        this.store = store;
    }

    @Override
    public Mono<UploadedContent> compose(
            UploadSession session, ContentHash base, long baseSize, List<Edit> edits, LocalBase local) {
        return Mono.defer(() -> {
            EditList list = EditList.of(edits, baseSize);
            if (list.isEmpty()) {
                return Mono.just(new UploadedContent(base, baseSize, 0, baseSize));
            }
            Mono<Long> size = base.isZero()
                    ? Mono.just(0L)
                    : store.reconstruct(base, new ByteRange(0, Long.MAX_VALUE))
                            .map(plan -> plan.terms().stream()
                                            .mapToLong(Reconstruction.Term::unpackedLength)
                                            .sum()
                                    - plan.offsetIntoFirstTerm())
                            .defaultIfEmpty(0L);
            return size.flatMap(stored -> stored == baseSize
                    ? session.add(new EditedSource(store, base, list, local))
                    : Mono.error(new StorageException(
                            StorageException.Kind.REJECTED,
                            "file " + base + " has " + stored + " bytes in storage, not " + baseSize)));
        });
    }
}
