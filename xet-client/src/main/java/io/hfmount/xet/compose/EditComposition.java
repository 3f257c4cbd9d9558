package io.hfmount.xet.compose;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.LocalBase;
import io.hfmount.xet.Reconstruction;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.cas.ChunkFetcher;
import io.hfmount.xet.cas.StorageClient;
import io.hfmount.xet.index.ChunkIndex;
import io.hfmount.xet.shard.FileEntry;
import io.hfmount.xet.upload.FileAssembly;
import io.hfmount.xet.upload.FileComposer;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * One edited file in the making. Where the index knows the whole file, it is one window and storage is asked for nothing
 * but bytes; else storage says which windows change, and lists that are missing are downloaded. What the index said is
 * proved by the file's hash before anything is registered, and if the proof fails, it is forgotten and everything is
 * asked for.
 */
final class EditComposition implements FileComposer.Composition {
    private static final Logger LOG = LoggerFactory.getLogger(EditComposition.class);

    /** Lists, answers, chunks that wait and the piece of a segment that is downloaded. */
    private static final long WORKING_MEMORY = FetchedChunks.MAX_BYTES + (6L << 20);

    private final StorageClient storage;
    private final ChunkFetcher fetcher;
    private final ChunkIndex index;
    private final ContentHash baseHash;
    private final EditList edits;
    private final LocalBase local;
    private boolean trusting = true;
    private @Nullable SegmentLists lists;

    EditComposition(
            StorageClient storage,
            ChunkFetcher fetcher,
            ChunkIndex index,
            ContentHash baseHash,
            EditList edits,
            LocalBase local) {
        this.storage = storage;
        this.fetcher = fetcher;
        this.index = index;
        this.baseHash = baseHash;
        this.edits = edits;
        this.local = local;
    }

    @Override
    public long memory() {
        return WORKING_MEMORY;
    }

    @Override
    public long newBytes() {
        return edits.newBytes();
    }

    @Override
    public long newSize() {
        return edits.newSize();
    }

    @Override
    public FileAssembly assemble(Supplier<FileAssembly> assemblies) {
        FileAssembly file = attempt(assemblies.get());
        if (file == null) {
            distrust();
            file = attempt(assemblies.get());
        }
        if (file == null) {
            throw new IllegalStateException("without trust in the index there is nothing to be asked for anew");
        }
        return file;
    }

    /** The file; null if what the index said of the old one does not add up to its hash. */
    private @Nullable FileAssembly attempt(FileAssembly file) {
        FileEntry known = trusting ? index.wholeFile(baseHash, edits.baseSize()) : null;
        BaseFile base = known != null ? BaseFile.of(baseHash, known.segments()) : ask();
        BaseFetch fetch = new BaseFetch(storage, fetcher, base);
        FetchedChunks fetched = new FetchedChunks(edits);
        SegmentLists chunkLists = new SegmentLists(base, index, fetch, fetched, trusting);
        lists = chunkLists;
        Windows windows = known != null ? Windows.whole(base) : askWindows(base);
        try {
            SegmentComposer composer = new SegmentComposer(base, chunkLists, file);
            splice(base, windows, composer, chunkLists, new BaseBytes(base, local, fetch, fetched));
            composer.proveTheBase();
            return file.complete(composer.hash(edits.newSize()));
        } catch (StorageException e) {
            if (e.kind() == StorageException.Kind.CORRUPT && trusting && chunkLists.trustedTheIndex()) {
                LOG.info("what was known of file {} seems wrong and is asked for anew: {}", baseHash, e.getMessage());
                return null;
            }
            throw e;
        }
    }

    private void splice(
            BaseFile base, Windows windows, SegmentComposer composer, SegmentLists chunkLists, BaseBytes bytes) {
        ChunkSplice splice = new ChunkSplice(base, chunkLists, bytes, edits, new SmallSegments(base), composer);
        int[] firsts = windows.assign(base, edits);
        Iterator<ContentHash> verification = windows.gapVerification().iterator();
        long position = 0;
        for (int i = 0; i < windows.windows().size(); i++) {
            ByteRange window = windows.windows().get(i);
            composer.gap(new ByteRange(position, window.start()), windows.gaps().get(i), verification);
            composer.beginWindow(window);
            composer.endWindow(splice.splice(window.start(), window.end(), firsts[i], firsts[i + 1]));
            position = window.end();
        }
        composer.gap(new ByteRange(position, base.size()), windows.gaps().getLast(), verification);
    }

    private BaseFile ask() {
        Optional<Reconstruction> plan = storage.reconstruct(baseHash, new ByteRange(0, Long.MAX_VALUE))
                .map(Optional::of)
                .defaultIfEmpty(Optional.empty())
                .block();
        BaseFile base = plan == null || plan.isEmpty() ? BaseFile.of(baseHash, List.of()) : BaseFile.of(plan.get());
        if (base.size() != edits.baseSize()) {
            throw new StorageException(
                    StorageException.Kind.REJECTED,
                    "file " + baseHash + " has " + base.size() + " bytes in storage, not " + edits.baseSize());
        }
        return base;
    }

    /** The windows by storage; the whole file if that is not more, or if storage does not answer such questions. */
    private Windows askWindows(BaseFile base) {
        List<ByteRange> dirty = WindowQuery.of(base, edits);
        if (base.count() == 1 || dirty.getFirst().length() == base.size()) {
            return Windows.whole(base);
        }
        return BlockingCalls.await(storage.windows(baseHash, dirty)
                .map(answer -> Windows.of(base, answer).orElseGet(() -> Windows.whole(base)))
                .onErrorResume(EditComposition::answersNoSuchQuestions, e -> Mono.just(Windows.whole(base))));
    }

    private static boolean answersNoSuchQuestions(Throwable failure) {
        return failure instanceof StorageException e
                && (e.kind() == StorageException.Kind.NOT_FOUND || e.kind() == StorageException.Kind.REJECTED);
    }

    @Override
    public void distrust() {
        trusting = false;
        index.forgetFile(baseHash);
        SegmentLists used = lists;
        if (used != null) {
            used.distrust();
        }
    }
}
