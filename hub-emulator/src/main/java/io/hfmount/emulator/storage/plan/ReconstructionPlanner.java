package io.hfmount.emulator.storage.plan;

import io.hfmount.emulator.storage.plan.ReconstructionPlan.Term;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.shard.Segment;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Plans reconstructions (xet-protocol §9.4). Stateless and thread-safe; reads layouts, so not for event loops. */
public final class ReconstructionPlanner {
    private final XorbLayouts layouts;

    /** A planner over {@code layouts}. */
    public ReconstructionPlanner(XorbLayouts layouts) {
        this.layouts = layouts;
    }

    /**
     * Plans a range of one file.
     *
     * @param segments the file's segments, in order
     * @param range a range of the file's bytes, already clamped to its size; may be empty only for the empty file
     * @throws IOException if a layout cannot be read
     */
    public ReconstructionPlan plan(List<Segment> segments, ByteRange range) throws IOException {
        XorbLayouts once = layouts.remembering();
        List<Term> terms = new ArrayList<>();
        long offset = 0;
        long position = 0;
        for (Segment segment : segments) {
            if (position >= range.end()) {
                break;
            }
            long end = position + segment.unpackedBytes();
            if (end > range.start()) {
                XorbLayout layout = once.require(segment.xorb());
                int first = segment.chunkStart();
                int last = segment.chunkEnd();
                if (terms.isEmpty()) {
                    while (position + layout.length(first) <= range.start()) {
                        position += layout.length(first);
                        first++;
                    }
                    offset = range.start() - position;
                }
                long kept = end;
                while (last > first + 1 && kept - layout.length(last - 1) >= range.end()) {
                    last--;
                    kept -= layout.length(last);
                }
                terms.add(new Term(segment.xorb(), first, last, kept - position));
            }
            position = end;
        }
        return new ReconstructionPlan(offset, terms, ReconstructionPlan.fetchesOf(terms, once));
    }

    /**
     * Plans several whole files at once, sharing what they fetch (xet-protocol §9.6).
     *
     * @param files segments by file hash
     * @return the terms of each file, in the order of {@code files}, and the joint fetches
     * @throws IOException if a layout cannot be read
     */
    public Batch planAll(Map<ContentHash, List<Segment>> files) throws IOException {
        XorbLayouts once = layouts.remembering();
        Map<ContentHash, List<Term>> terms = LinkedHashMap.newLinkedHashMap(files.size());
        List<Term> all = new ArrayList<>();
        for (Map.Entry<ContentHash, List<Segment>> file : files.entrySet()) {
            List<Term> own = new ArrayList<>(file.getValue().size());
            for (Segment segment : file.getValue()) {
                own.add(new Term(segment.xorb(), segment.chunkStart(), segment.chunkEnd(), segment.unpackedBytes()));
            }
            terms.put(file.getKey(), List.copyOf(own));
            all.addAll(own);
        }
        return new Batch(terms, ReconstructionPlan.fetchesOf(all, once));
    }

    /**
     * The plan of several whole files.
     *
     * @param terms pieces by file hash
     * @param fetches what to fetch, by xorb hash
     */
    public record Batch(Map<ContentHash, List<Term>> terms, Map<ContentHash, List<ReconstructionPlan.Fetch>> fetches) {}
}
