package io.hfmount.emulator.storage.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.emulator.http.Json;
import io.hfmount.emulator.storage.plan.WindowPlan;
import io.hfmount.emulator.storage.plan.WindowPlanner;
import io.hfmount.emulator.storage.plan.XorbLayout;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.shard.FileEntry;
import io.hfmount.xet.shard.Segment;
import io.hfmount.xet.vectors.VectorLists;
import io.hfmount.xet.vectors.Vectors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

class WindowsTest {
    private final Map<ContentHash, XorbLayout> layouts = new HashMap<>();

    static List<JsonNode> cases() {
        return Vectors.cases("windows.json");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void vector_plainRule_isExact(JsonNode c) throws IOException {
        check(c, false, c.get("response"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void vector_alignedRule_isExact(JsonNode c) throws IOException {
        // cases without an answer of their own have one segment or fail either way
        if (c.has("aligned_response")) {
            check(c, true, c.get("aligned_response"));
        } else {
            assertThat(c.get("segment_chunk_counts").size()).isEqualTo(1);
        }
    }

    private void check(JsonNode c, boolean align, JsonNode expected) throws IOException {
        List<Integer> counts = ints(c.get("segment_chunk_counts"));
        int total = counts.stream().mapToInt(Integer::intValue).sum();
        long[] sizes = VectorLists.sizes(c.get("sizes"), total);
        FileEntry file = file(
                VectorLists.hashes(c.get("hashes"), total), sizes, counts, VectorLists.texts(c.get("verification")));
        List<ByteRange> dirty = new ArrayList<>();
        c.get("dirty")
                .forEach(
                        d -> dirty.add(new ByteRange(d.get(0).asLong(), d.get(1).asLong())));
        WindowPlan plan = new WindowPlanner(layouts::get).plan(file, dirty, align);
        if (expected.has("error")) {
            assertThat(plan).isNull();
        } else {
            JsonNode actual = Json.mapper().readTree(Json.bytes(WindowJson.of(plan)));
            assertThat(actual).isEqualTo(expected);
        }
    }

    @Property(tries = 300)
    void randomEdits_windowsCoverThemAndNothingIsCountedTwice(@ForAll long seed, @ForAll boolean align)
            throws IOException {
        Random random = new Random(seed);
        List<Integer> counts = new ArrayList<>();
        for (int i = 0; i < 1 + random.nextInt(6); i++) {
            counts.add(1 + random.nextInt(20));
        }
        int total = counts.stream().mapToInt(Integer::intValue).sum();
        long[] sizes = new long[total];
        List<ContentHash> hashes = new ArrayList<>();
        long size = 0;
        for (int i = 0; i < total; i++) {
            sizes[i] = random.nextInt(4) == 0 ? 131_072 : 8_192 + random.nextInt(122_880);
            size += sizes[i];
            hashes.add(new ContentHash(random.nextLong(), 0, i, random.nextLong()));
        }
        List<ContentHash> verification = new ArrayList<>();
        counts.forEach(n -> verification.add(new ContentHash(n, 1, 2, 3)));
        FileEntry file = file(hashes, sizes, counts, verification);
        List<ByteRange> dirty = new ArrayList<>();
        for (long at = random.nextInt(200_000); at < size && dirty.size() < 5; ) {
            dirty.add(ByteRange.of(at, 1 + random.nextInt(100_000)));
            at = dirty.getLast().end() + random.nextInt(2_000_000);
        }
        WindowPlan plan = new WindowPlanner(layouts::get).plan(file, dirty, align);
        if (dirty.isEmpty()) {
            assertThat(plan).isNull();
            return;
        }
        long gaps = 0;
        for (var gap : plan.hashRanges()) {
            gaps += gap == null ? 0 : gap.size();
        }
        long windows = plan.windows().stream().mapToLong(ByteRange::length).sum();
        assertThat(gaps + windows).isEqualTo(size).isEqualTo(plan.fileSize());
        for (ByteRange d : dirty) {
            long end = Math.min(d.end(), size);
            assertThat(plan.windows())
                    .anySatisfy(w ->
                            assertThat(w.start() <= d.start() && end <= w.end()).isTrue());
        }
        if (align) {
            assertThat(plan.windows()).allSatisfy(w -> assertThat(edges(file)).contains(w.end()));
        }
    }

    private static List<Long> edges(FileEntry file) {
        List<Long> edges = new ArrayList<>();
        long at = 0;
        for (Segment segment : file.segments()) {
            at += segment.unpackedBytes();
            edges.add(at);
        }
        return edges;
    }

    /** A file whose segments are the middle of one xorb each, so that chunk numbers differ from positions. */
    private FileEntry file(
            List<ContentHash> hashes, long[] sizes, List<Integer> counts, List<ContentHash> verification) {
        List<Segment> segments = new ArrayList<>();
        int next = 0;
        for (int s = 0; s < counts.size(); s++) {
            ContentHash xorb = new ContentHash(s, 7, 7, 7);
            XorbLayout.Builder layout = XorbLayout.of(xorb, counts.get(s) + 2);
            int end = 100;
            layout.add(new ContentHash(9, 9, 9, 9), end, end);
            for (int i = 0; i < counts.get(s); i++, next++) {
                end += (int) sizes[next];
                layout.add(hashes.get(next), end, end);
            }
            segments.add(new Segment(xorb, end - 100, 1, 1 + counts.get(s)));
            layouts.put(
                    xorb,
                    layout.add(new ContentHash(8, 8, 8, 8), end + 5, end + 5).build());
        }
        return new FileEntry(new ContentHash(5, 5, 5, 5), segments, verification, null);
    }

    private static List<Integer> ints(JsonNode array) {
        List<Integer> result = new ArrayList<>();
        array.forEach(n -> result.add(n.asInt()));
        return result;
    }
}
