package io.hfmount.xet.upload;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.Edit;
import io.hfmount.xet.LocalBase;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import java.util.List;
import reactor.core.publisher.Mono;

/** The part of a session that knows stored files and how edits change them. Thread-safe. */
@FunctionalInterface
public interface FileComposer {
    /** For sessions that only add. */
    FileComposer NONE = (session, base, baseSize, edits, local) ->
            Mono.error(new IllegalStateException("this session was opened without a composer"));

    /** {@link UploadSession#compose} for {@code session}. */
    Mono<UploadedContent> compose(
            UploadSession session, ContentHash base, long baseSize, List<Edit> edits, LocalBase local);
}
