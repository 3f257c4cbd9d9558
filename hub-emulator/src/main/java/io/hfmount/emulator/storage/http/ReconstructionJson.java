package io.hfmount.emulator.storage.http;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.hfmount.emulator.storage.plan.ReconstructionPlan;
import io.hfmount.emulator.storage.plan.ReconstructionPlan.Fetch;
import io.hfmount.emulator.storage.plan.ReconstructionPlanner;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/** Reconstruction answers as they are written (xet-protocol §9.2, §9.3, §9.6). */
final class ReconstructionJson {
    /** Makes the address of byte ranges of a xorb. */
    interface Addresses extends BiFunction<ContentHash, List<ByteRange>, String> {}

    private ReconstructionJson() {}

    record V1(
            @JsonProperty("offset_into_first_range") long offsetIntoFirstRange,
            List<Term> terms,
            @JsonProperty("fetch_info") Map<String, List<FetchInfo>> fetchInfo) {}

    record V2(
            @JsonProperty("offset_into_first_range") long offsetIntoFirstRange,
            List<Term> terms,
            Map<String, List<MultiFetch>> xorbs) {}

    record Batch(
            Map<String, List<Term>> files,
            @JsonProperty("fetch_info") Map<String, List<FetchInfo>> fetchInfo) {}

    record Term(
            String hash, @JsonProperty("unpacked_length") long unpackedLength, Span range) {}

    /** V1: one address a range; the byte range ends inclusive. */
    record FetchInfo(
            Span range,
            String url,
            @JsonProperty("url_range") Span urlRange) {}

    /** V2: one address for several ranges. */
    record MultiFetch(String url, List<Ranges> ranges) {}

    record Ranges(Span chunks, Span bytes) {}

    record Span(long start, long end) {}

    static V1 v1(ReconstructionPlan plan, Addresses addresses) {
        return new V1(plan.offsetIntoFirstTerm(), terms(plan.terms()), fetchInfo(plan.fetches(), addresses));
    }

    static V2 v2(ReconstructionPlan plan, Addresses addresses) {
        Map<String, List<MultiFetch>> xorbs =
                LinkedHashMap.newLinkedHashMap(plan.fetches().size());
        plan.fetches().forEach((xorb, fetches) -> xorbs.put(xorb.text(), multiFetches(xorb, fetches, addresses)));
        return new V2(plan.offsetIntoFirstTerm(), terms(plan.terms()), xorbs);
    }

    static Batch batch(ReconstructionPlanner.Batch plan, Addresses addresses) {
        Map<String, List<Term>> files =
                LinkedHashMap.newLinkedHashMap(plan.terms().size());
        plan.terms().forEach((file, terms) -> files.put(file.text(), terms(terms)));
        return new Batch(files, fetchInfo(plan.fetches(), addresses));
    }

    private static List<Term> terms(List<ReconstructionPlan.Term> terms) {
        return terms.stream()
                .map(t -> new Term(t.xorb().text(), t.unpackedLength(), new Span(t.chunkStart(), t.chunkEnd())))
                .toList();
    }

    private static Map<String, List<FetchInfo>> fetchInfo(Map<ContentHash, List<Fetch>> fetches, Addresses addresses) {
        Map<String, List<FetchInfo>> result = LinkedHashMap.newLinkedHashMap(fetches.size());
        fetches.forEach((xorb, ranges) -> result.put(
                xorb.text(),
                ranges.stream()
                        .map(f -> new FetchInfo(chunks(f), addresses.apply(xorb, List.of(f.bytes())), bytes(f)))
                        .toList()));
        return result;
    }

    private static List<MultiFetch> multiFetches(ContentHash xorb, List<Fetch> fetches, Addresses addresses) {
        List<MultiFetch> result = new ArrayList<>();
        for (int from = 0; from < fetches.size(); from += DataUrls.MAX_RANGES) {
            List<Fetch> part = fetches.subList(from, Math.min(fetches.size(), from + DataUrls.MAX_RANGES));
            String url = addresses.apply(xorb, part.stream().map(Fetch::bytes).toList());
            result.add(new MultiFetch(
                    url, part.stream().map(f -> new Ranges(chunks(f), bytes(f))).toList()));
        }
        return result;
    }

    private static Span chunks(Fetch fetch) {
        return new Span(fetch.chunkStart(), fetch.chunkEnd());
    }

    private static Span bytes(Fetch fetch) {
        return new Span(fetch.bytes().start(), fetch.bytes().end() - 1);
    }
}
