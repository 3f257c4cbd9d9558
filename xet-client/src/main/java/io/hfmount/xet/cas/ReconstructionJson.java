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
import tools.jackson.databind.exc.ValueInstantiationException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads both forms of the reconstruction answer (xet-protocol §9.2, §9.3) and checks that it can be carried out. Touching
 * ranges of one address become one fetch. What lacks a member is refused where it is met: an answer of nothing but
 * {@code {}} would take forty times its length as objects. Thread-safe.
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
    private record Span(@Nullable Long start, @Nullable Long end) {
        @SuppressWarnings("UnusedMethod") // called by Jackson
        Span {
            given(start, "start");
            given(end, "end");
        }
    }

    private record TermJson(
            @Nullable String hash,
            @JsonProperty("unpacked_length") @Nullable Long unpackedLength,
            @Nullable Span range) {
        @SuppressWarnings("UnusedMethod") // called by Jackson
        TermJson {
            given(hash, "hash");
            given(unpackedLength, "unpacked_length");
            given(range, "range");
        }
    }

    private record FetchV1(
            @Nullable Span range,
            @Nullable String url,
            @JsonProperty("url_range") @Nullable Span urlRange) {
        @SuppressWarnings("UnusedMethod") // called by Jackson
        FetchV1 {
            given(range, "range");
            given(url, "url");
            given(urlRange, "url_range");
        }
    }

    private record RangeV2(@Nullable Span chunks, @Nullable Span bytes) {
        @SuppressWarnings("UnusedMethod") // called by Jackson
        RangeV2 {
            given(chunks, "chunks");
            given(bytes, "bytes");
        }
    }

    private record FetchV2(@Nullable String url, @Nullable List<@Nullable RangeV2> ranges) {
        @SuppressWarnings("UnusedMethod") // called by Jackson
        FetchV2 {
            given(url, "url");
            given(ranges, "ranges");
        }
    }

    /** Union of both forms; exactly one of the maps is there. */
    private record Answer(
            @JsonProperty("offset_into_first_range") @Nullable
            Long offset,

            @Nullable List<@Nullable TermJson> terms,
            @JsonProperty("fetch_info") @Nullable Map<String, @Nullable List<@Nullable FetchV1>> fetchInfo,
            @Nullable Map<String, @Nullable List<@Nullable FetchV2>> xorbs) {}

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
        } catch (ValueInstantiationException e) {
            throw wrong(
                    file,
                    e.getCause() == null
                            ? "a value"
                            : String.valueOf(e.getCause().getMessage()));
        } catch (JacksonException e) {
            // The message of the parser quotes the input, which holds signed addresses.
            throw AttemptException.transientFailure(
                    StorageException.Kind.CORRUPT, "the reconstruction of " + file + " is not readable", null);
        }
        try {
            return check(build(file, range, answer));
        } catch (IllegalArgumentException e) {
            throw wrong(file, String.valueOf(e.getMessage()));
        }
    }

    private static AttemptException wrong(ContentHash file, String why) {
        return AttemptException.finalFailure(
                StorageException.Kind.CORRUPT, "the reconstruction of " + file + " is wrong: " + why, null);
    }

    private static Reconstruction build(ContentHash file, ByteRange range, @Nullable Answer answer) {
        if (answer == null) {
            throw new IllegalArgumentException("it is null");
        }
        List<Reconstruction.Term> terms = new ArrayList<>();
        for (TermJson each : given(answer.terms, "terms")) {
            TermJson term = given(each, "term");
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

    private static void addFirst(
            List<Reconstruction.Fetch> fetches, ContentHash xorb, @Nullable List<@Nullable FetchV1> entries) {
        for (FetchV1 each : given(entries, "fetch_info entries")) {
            FetchV1 entry = given(each, "fetch_info entry");
            fetches.add(fetch(xorb, entry.range, entry.url, entry.urlRange));
        }
    }

    private static void addSecond(
            List<Reconstruction.Fetch> fetches, ContentHash xorb, @Nullable List<@Nullable FetchV2> entries) {
        for (FetchV2 each : given(entries, "xorb entries")) {
            FetchV2 entry = given(each, "xorb entry");
            for (RangeV2 eachRange : given(entry.ranges, "ranges")) {
                RangeV2 range = given(eachRange, "range");
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
            if (!plan.locates(term)) {
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
