package io.hfmount.xet.upload;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.xorb.XorbWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Decides block by block for one file which chunks refer to known xorbs and which are new, and collects the new ones
 * (xet-protocol §11.2). Not thread-safe.
 */
final class DedupDecisions {
    private static final int GLOBAL_MASK = 1023;

    private final FileDraft file;
    private final KnownChunks known;
    private final GlobalDedup global;
    private final UploadSettings settings;
    private final Consumer<OpenXorb> cut;
    private final XorbWriter writer;
    private OpenXorb open;
    private boolean first = true;

    /**
     * Decisions for one file.
     *
     * @param cut takes full xorbs, closed; may wait
     * @param writer empty, lent until {@link #end}
     */
    DedupDecisions(
            FileDraft file,
            KnownChunks known,
            GlobalDedup global,
            UploadSettings settings,
            Consumer<OpenXorb> cut,
            XorbWriter writer) {
        this.file = file;
        this.known = known;
        this.global = global;
        this.settings = settings;
        this.cut = cut;
        this.writer = writer;
        this.open = new OpenXorb(writer);
    }

    /**
     * Takes the next chunks of the file.
     *
     * @param data holds their bytes back to back from {@code off}
     */
    void block(List<Chunk> chunks, byte[] data, int off) {
        if (chunks.isEmpty()) {
            return;
        }
        @Nullable KnownRun[] runs = lookUp(chunks);
        int at = off;
        for (int i = 0; i < chunks.size(); ) {
            int taken = takeKnown(chunks, i, runs[i]);
            if (taken == 0) {
                addNew(chunks, i, data, at);
                taken = 1;
            }
            for (int end = i + taken; i < end; i++) {
                at += chunks.get(i).length();
            }
        }
        first = false;
    }

    /** Number of chunks of {@code chunks[i..]} that could be referred to, 0 for none. */
    private int takeKnown(List<Chunk> chunks, int i, @Nullable KnownRun run) {
        if (run != null) {
            if (!file.accepts(run)) {
                return 0;
            }
            file.append(run, chunks, i);
            return run.count();
        }
        int count = open.runLength(chunks, i, chunks.size());
        if (count == 0) {
            return 0;
        }
        int start = open.positionOf(chunks.get(i).hash());
        if (!file.accepts(open, start, count)) {
            return 0;
        }
        file.append(open, start, chunks, i, count);
        return count;
    }

    private void addNew(List<Chunk> chunks, int i, byte[] data, int at) {
        Chunk chunk = chunks.get(i);
        if (!open.fits(chunk.length(), 1, settings)) {
            OpenXorb full = end();
            open = new OpenXorb(writer);
            cut.accept(full);
        }
        open.add(chunk, data, at);
        file.append(open, open.count() - 1, chunks, i, 1);
        file.countNew(chunk.length());
    }

    /** Takes the next chunks of the file as new, wherever else they may be. */
    void store(List<Chunk> chunks, byte[] data, int off) {
        int at = off;
        for (int i = 0; i < chunks.size(); i++) {
            addNew(chunks, i, data, at);
            at += chunks.get(i).length();
        }
        first = false;
    }

    private @Nullable KnownRun[] lookUp(List<Chunk> chunks) {
        known.prepare(chunks);
        List<ContentHash> questions = new ArrayList<>();
        @Nullable KnownRun[] runs = lookUp(chunks, questions);
        return !questions.isEmpty() && global.ask(questions) ? lookUp(chunks, null) : runs;
    }

    /** Known runs by position of their first chunk; misses worth a question are added to {@code questions}. */
    private @Nullable KnownRun[] lookUp(List<Chunk> chunks, @Nullable List<ContentHash> questions) {
        @Nullable KnownRun[] runs = new KnownRun[chunks.size()];
        for (int i = 0; i < chunks.size(); ) {
            KnownRun run = known.find(chunks, i, chunks.size());
            runs[i] = run;
            if (run != null) {
                i += run.count();
                continue;
            }
            ContentHash hash = chunks.get(i).hash();
            if (questions != null && ((first && i == 0) || (hash.w3() & GLOBAL_MASK) == 0)) {
                questions.add(hash);
            }
            i++;
        }
        return runs;
    }

    /** Closes the xorb under construction and hands it out; ends the file unless it was only full. */
    OpenXorb end() {
        open.close();
        return open;
    }
}
