package io.hfmount.xet.cas;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.Reconstruction;
import io.hfmount.xet.StorageException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads both forms of the reconstruction answer (xet-protocol §9.2, §9.3) and checks that it can be carried out. Touching
 * ranges of one address become one fetch. Thread-safe.
 */
final class ReconstructionJson {
    private static final int MAX_CHUNKS = 8192;
    private static final long MAX_UNPACKED = 64L << 20;
    /** With its deserialisers made ahead, for making one takes a lock that decoding threads must not wait for. */
    private static final ObjectReader JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build()
            .readerFor(Answer.class);

    private ReconstructionJson() {}

    /** Half open for chunks, inclusive for bytes. */
    private record Span(@Nullable Long start, @Nullable Long end) {}

    private record TermJson(
            @Nullable String hash,
            @JsonProperty("unpacked_length") @Nullable Long unpackedLength,
            @Nullable Span range) {}

    private record FetchV1(
            @Nullable Span range,
            @Nullable String url,
            @JsonProperty("url_range") @Nullable Span urlRange) {}

    private record RangeV2(@Nullable Span chunks, @Nullable Span bytes) {}

    private record FetchV2(@Nullable String url, @Nullable List<RangeV2> ranges) {}

    /** Union of both forms; exactly one of the maps is there. */
    private record Answer(
            @JsonProperty("offset_into_first_range") @Nullable
            Long offset,

            @Nullable List<TermJson> terms,
            @JsonProperty("fetch_info") @Nullable Map<String, List<FetchV1>> fetchInfo,
            @Nullable Map<String, List<FetchV2>> xorbs) {}

    /**
     * Reads an answer.
     *
     * @throws AttemptException of kind {@code CORRUPT}: transient if it is no JSON of that form, final if what it says
     *     contradicts itself
     */
    static Reconstruction parse(ContentHash file, ByteRange range, byte[] json) {
        Answer answer;
        try {
            answer = JSON.readValue(json);
        } catch (JacksonException e) {
            // The message of the parser quotes the input, which holds signed addresses.
            throw AttemptException.transientFailure(
                    StorageException.Kind.CORRUPT, "the reconstruction of " + file + " is not readable", null);
        }
        try {
            return check(build(file, range, answer));
        } catch (IllegalArgumentException e) {
            throw AttemptException.finalFailure(
                    StorageException.Kind.CORRUPT,
                    "the reconstruction of " + file + " is wrong: " + e.getMessage(),
                    null);
        }
    }

    private static Reconstruction build(ContentHash file, ByteRange range, @Nullable Answer answer) {
        if (answer == null) {
            throw new IllegalArgumentException("it is null");
        }
        List<Reconstruction.Term> terms = new ArrayList<>();
        for (TermJson term : given(answer.terms, "terms")) {
            Span chunks = chunks(term.range);
            terms.add(new Reconstruction.Term(
                    ContentHash.parse(given(term.hash, "hash")),
                    start(chunks),
                    end(chunks),
                    within(given(term.unpackedLength, "unpacked_length"), 1, MAX_UNPACKED, "unpacked_length")));
        }
        List<Reconstruction.Fetch> fetches = new ArrayList<>();
        if (answer.xorbs != null) {
            answer.xorbs.forEach((xorb, entries) -> addSecond(fetches, ContentHash.parse(xorb), entries));
        } else {
            given(answer.fetchInfo, "xorbs")
                    .forEach((xorb, entries) -> addFirst(fetches, ContentHash.parse(xorb), entries));
        }
        long offset = answer.offset == null ? 0 : answer.offset;
        return new Reconstruction(file, range, offset, terms, join(fetches));
    }

    private static void addFirst(List<Reconstruction.Fetch> fetches, ContentHash xorb, List<FetchV1> entries) {
        for (FetchV1 entry : given(entries, "fetch_info entries")) {
            fetches.add(fetch(xorb, entry.range, entry.url, entry.urlRange));
        }
    }

    private static void addSecond(List<Reconstruction.Fetch> fetches, ContentHash xorb, List<FetchV2> entries) {
        for (FetchV2 entry : given(entries, "xorb entries")) {
            for (RangeV2 range : given(entry.ranges, "ranges")) {
                fetches.add(fetch(xorb, range.chunks, entry.url, range.bytes));
            }
        }
    }

    private static Reconstruction.Fetch fetch(
            ContentHash xorb, @Nullable Span chunkSpan, @Nullable String url, @Nullable Span byteSpan) {
        Span chunks = chunks(chunkSpan);
        Span bytes = given(byteSpan, "byte range");
        long start = within(given(bytes.start, "start"), 0, StorageClient.MAX_STORED_XORB, "byte range start");
        long last = within(given(bytes.end, "end"), start, StorageClient.MAX_STORED_XORB - 1L, "byte range end");
        String address = given(url, "url");
        if (!address.startsWith("http://") && !address.startsWith("https://")) {
            throw new IllegalArgumentException("a data address is neither http nor https");
        }
        return new Reconstruction.Fetch(xorb, start(chunks), end(chunks), address, new ByteRange(start, last + 1));
    }

    /** Joins neighbours of one xorb and address that touch in chunks and in bytes. */
    private static List<Reconstruction.Fetch> join(List<Reconstruction.Fetch> fetches) {
        List<Reconstruction.Fetch> sorted = new ArrayList<>(fetches);
        sorted.sort(
                Comparator.comparing(Reconstruction.Fetch::xorb).thenComparingInt(Reconstruction.Fetch::chunkStart));
        List<Reconstruction.Fetch> joined = new ArrayList<>(sorted.size());
        for (Reconstruction.Fetch next : sorted) {
            Reconstruction.Fetch last = joined.isEmpty() ? null : joined.getLast();
            if (last != null
                    && last.xorb().equals(next.xorb())
                    && last.url().equals(next.url())
                    && last.chunkEnd() == next.chunkStart()
                    && last.bytes().end() == next.bytes().start()) {
                joined.set(
                        joined.size() - 1,
                        new Reconstruction.Fetch(
                                last.xorb(),
                                last.chunkStart(),
                                next.chunkEnd(),
                                last.url(),
                                new ByteRange(last.bytes().start(), next.bytes().end())));
            } else {
                joined.add(next);
            }
        }
        return joined;
    }

    private static Reconstruction check(Reconstruction plan) {
        long total = 0;
        for (Reconstruction.Term term : plan.terms()) {
            if (plan.fetches().stream().noneMatch(fetch -> fetch.covers(term))) {
                throw new IllegalArgumentException("it does not say where chunks [" + term.chunkStart() + ", "
                        + term.chunkEnd() + ") of xorb " + term.xorb() + " are");
            }
            total += term.unpackedLength();
        }
        long first = plan.terms().isEmpty() ? 1 : plan.terms().getFirst().unpackedLength();
        if (plan.offsetIntoFirstTerm() < 0 || plan.offsetIntoFirstTerm() >= first) {
            throw new IllegalArgumentException(
                    "the offset " + plan.offsetIntoFirstTerm() + " is outside the first term");
        }
        if (total < 0) {
            throw new IllegalArgumentException("its length overflows");
        }
        return plan;
    }

    private static Span chunks(@Nullable Span span) {
        Span chunks = given(span, "chunk range");
        long start = within(given(chunks.start, "start"), 0, MAX_CHUNKS - 1, "chunk range start");
        within(given(chunks.end, "end"), start + 1, MAX_CHUNKS, "chunk range end");
        return chunks;
    }

    private static int start(Span span) {
        return Math.toIntExact(given(span.start, "start"));
    }

    private static int end(Span span) {
        return Math.toIntExact(given(span.end, "end"));
    }

    private static long within(long value, long least, long most, String name) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " " + value + " is not in " + least + ".." + most);
        }
        return value;
    }

    private static <T> T given(@Nullable T value, String name) {
        if (value == null) {
            throw new IllegalArgumentException(name + " is missing");
        }
        return value;
    }
}
