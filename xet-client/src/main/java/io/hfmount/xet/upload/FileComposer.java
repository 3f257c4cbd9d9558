package io.hfmount.xet.upload;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.ContentSource;
import io.hfmount.xet.Edit;
import io.hfmount.xet.LocalBase;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import java.util.List;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/** The part of an upload that knows stored files and how edits change them. Thread-safe. */
@FunctionalInterface
public interface FileComposer {
    /** For sessions that only add. */
    FileComposer NONE = (session, base, baseSize, edits, local) ->
            Mono.error(new IllegalStateException("this session was opened without a composer"));

    /** {@link UploadSession#compose} for {@code session}. */
    Mono<UploadedContent> compose(Session session, ContentHash base, long baseSize, List<Edit> edits, LocalBase local);

    /** What a session offers to a composer. Thread-safe. */
    interface Session {
        /** {@link UploadSession#add}. */
        Mono<UploadedContent> add(ContentSource source);

        /** Carries out a composition on a thread that may block and registers its file with the session. */
        Mono<UploadedContent> assemble(Composition composition);
    }

    /** One file to be put together. Used by one thread at a time. */
    interface Composition {
        /** Most bytes of memory that it takes, beside new chunks. */
        long memory();

        /** Bytes of content that may become new chunks. */
        long newBytes();

        /** Length of the file to come in bytes. */
        long newSize();

        /**
         * Puts the file together. May be called again after {@link #distrust()}; the same hash must come out.
         *
         * @param assemblies empty files to fill; of several only the returned one counts
         * @return a completed file
         */
        FileAssembly assemble(Supplier<FileAssembly> assemblies);

        /** Storage refused the file: what was remembered of stored content may be wrong and must not be used again. */
        void distrust();
    }
}
