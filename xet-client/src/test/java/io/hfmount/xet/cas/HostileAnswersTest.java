package io.hfmount.xet.cas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.Reconstruction;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.merkle.Node;
import io.hfmount.xet.merkle.Subtree;
import io.hfmount.xet.testing.Allocations;
import io.hfmount.xet.testing.HostileJson;
import io.hfmount.xet.vectors.VectorInput;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The JSON answers that range upload believes nothing of: whatever comes, they are read or refused as declared, and take
 * memory in proportion to their length, not to the numbers in them.
 */
class HostileAnswersTest {
    private static final ContentHash FILE = new ContentHash(1, 2, 3, 4);

    /** Heap per byte of an answer: the shortest objects, such as {@code {},}, are made of three bytes. */
    private static final int HEAP_A_BYTE = 48;

    private static final long HEAP_AT_ALL = 4 << 20;

    private static final String WINDOWS = windows();

    private static String windows() {
        List<Chunk> chunks = Chunker.chunksOf(VectorInput.random(91, 3_000_000));
        int third = chunks.size() / 3;
        List<Node> nodes = Node.leaves(chunks);
        long end = nodes.subList(0, third).stream().mapToLong(Node::size).sum();
        return WindowAnswers.json(new FileWindows(
                3_000_000,
                List.of(new ByteRange(end, end + 100_000), new ByteRange(2_900_000, 3_000_000)),
                List.of(
                        Optional.of(Subtree.from(true, nodes.subList(0, third), false)),
                        Optional.of(Subtree.from(false, nodes.subList(third, 2 * third), false)),
                        Optional.empty()),
                List.of(new ContentHash(5, 6, 7, 8), new ContentHash(8, 7, 6, 5))));
    }

    private static Reconstruction plan() {
        List<Reconstruction.Term> terms = new ArrayList<>();
        List<Reconstruction.Fetch> fetches = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            ContentHash xorb = new ContentHash(i / 2, 1, 1, 1);
            terms.add(new Reconstruction.Term(xorb, 10 * i, 10 * i + 7, 500_000));
            fetches.add(new Reconstruction.Fetch(
                    xorb,
                    10 * i,
                    10 * i + 7,
                    "http://d/x?sig=SECRET" + i,
                    new ByteRange(1_000L * i, 1_000L * i + 900)));
        }
        return new Reconstruction(FILE, new ByteRange(0, 3_000_000), 5, terms, fetches);
    }

    private static void readOrRefused(byte[] json, Runnable parse) {
        long taken = Allocations.during(() -> {
            try {
                parse.run();
            } catch (StorageException e) {
                assertThat(e.kind()).isEqualTo(StorageException.Kind.CORRUPT);
                assertThat(e.getMessage()).doesNotContain("SECRET");
            }
        });
        assertThat(taken)
                .as("heap taken by %d bytes", json.length)
                .isLessThan(HEAP_AT_ALL + (long) HEAP_A_BYTE * json.length);
    }

    @Property(tries = 3_000)
    void windows_mutated_areReadOrRefused(@ForAll long seed) {
        byte[] json = HostileJson.of(WINDOWS, new Random(seed));
        readOrRefused(json, () -> WindowAnswers.parse(FILE, json));
    }

    @Property(tries = 3_000)
    void reconstructions_mutated_areReadOrRefused(@ForAll long seed) {
        Random random = new Random(seed);
        Reconstruction plan = plan();
        byte[] json = HostileJson.of(PlanAnswers.json(plan, random.nextBoolean()), random);
        readOrRefused(json, () -> {
            Reconstruction read = PlanAnswers.parse(plan, json);
            read.terms()
                    .forEach(
                            term -> assertThat(read.fetchFor(term).covers(term)).isTrue());
        });
    }

    @Property(tries = 2_000)
    void noise_isRefused(@ForAll byte[] bytes) {
        readOrRefused(bytes, () -> WindowAnswers.parse(FILE, bytes));
        readOrRefused(bytes, () -> PlanAnswers.parse(plan(), bytes));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"windows\":[@]}|{},",
                "{\"windows\":[@]}|{\"dirtyByteRange\":[1,2]},",
                "{\"windows\":[@]}|null,",
                "{\"hashRanges\":[@]}|{},",
                "{\"hashRanges\":[{\"nodes\":[@],\"levels\":[]}]}|{},",
                "{\"hashRanges\":[{\"nodes\":[],\"levels\":[@],\"at_start\":true,\"at_end\":true}]}|[0,0],",
                "{\"hashRanges\":[{\"nodes\":[],\"levels\":[@]}]}|[],",
                "{\"gapVerification\":[@]}|\"\",",
                "{\"gapVerification\":[@]}|null,",
                "{\"terms\":[@]}|{},",
                "{\"terms\":[@]}|null,",
                "{\"xorbs\":{\"a\":[@]}}|{},",
                "{\"xorbs\":{\"a\":[{\"ranges\":[@]}]}}|{},",
                "{\"fetch_info\":{\"a\":[@]}}|{},",
                "{\"other\":[@]}|[[]],",
                "@|[",
                "@|{\"windows\":"
            })
    void manyOfTheShortest_takeMemoryInProportion(String bomb) {
        String[] parts = bomb.split("\\|");
        String many = parts[1].repeat((1 << 20) / parts[1].length());
        byte[] json = parts[0].replace("@", many.replaceAll(",$", "")).getBytes(StandardCharsets.UTF_8);
        long windows = Allocations.during(() -> refused(() -> WindowAnswers.parse(FILE, json)));
        long plans = Allocations.during(() -> refused(() -> PlanAnswers.parse(plan(), json)));
        assertThat(Math.max(windows, plans))
                .as("heap taken by %d bytes", json.length)
                .isLessThan(HEAP_AT_ALL + (long) HEAP_A_BYTE * json.length);
    }

    private static void refused(Runnable parse) {
        assertThatThrownBy(parse::run)
                .isInstanceOfSatisfying(
                        StorageException.class, e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.CORRUPT));
    }

    @Test
    void moreLevelsThanAnyTreeHas_areRefused() {
        String levels = "[0,0],".repeat(64) + "[0,0]";
        String json = "{\"fileSize\":5,\"windows\":[],\"gapVerification\":[],\"hashRanges\":["
                + "{\"nodes\":[],\"levels\":[" + levels + "],\"at_start\":true,\"at_end\":true}]}";
        assertThatThrownBy(() -> WindowAnswers.parse(FILE, json.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("65 levels");
    }

    /** Comparing every term with every fetch would take minutes. */
    @Test
    @Timeout(value = 20, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void planOfVeryManyXorbs_isReadInTime() {
        int count = 150_000;
        StringBuilder terms = new StringBuilder();
        StringBuilder xorbs = new StringBuilder();
        for (int i = 0; i < count; i++) {
            String xorb = new ContentHash(i, 1, 1, 1).text();
            String comma = i == 0 ? "" : ",";
            terms.append(comma)
                    .append("{\"hash\":\"" + xorb + "\",\"unpacked_length\":9,\"range\":{\"start\":0,\"end\":1}}");
            xorbs.append(comma)
                    .append(
                            "\"" + xorb + "\":[{\"url\":\"http://d/" + i
                                    + "\",\"ranges\":[{\"chunks\":{\"start\":0,\"end\":1},\"bytes\":{\"start\":0,\"end\":8}}]}]");
        }
        String json = "{\"offset_into_first_range\":0,\"terms\":[" + terms + "],\"xorbs\":{" + xorbs + "}}";
        Reconstruction plan = PlanAnswers.parse(plan(), json.getBytes(StandardCharsets.UTF_8));
        assertThat(plan.terms()).hasSize(count);
        for (int i = 0; i < count; i++) {
            assertThat(plan.fetchFor(plan.terms().get(i)).url()).isEqualTo("http://d/" + i);
        }
    }

    @Example
    void fetchesThatOverlap_areFoundWhicheverCovers() {
        Random random = new Random(92);
        for (int round = 0; round < 300; round++) {
            List<Reconstruction.Fetch> fetches = new ArrayList<>();
            for (int i = random.nextInt(12); i >= 0; i--) {
                int start = random.nextInt(10);
                fetches.add(new Reconstruction.Fetch(
                        new ContentHash(random.nextInt(3), 0, 0, 0),
                        start,
                        start + 1 + random.nextInt(6),
                        "http://d/" + i,
                        new ByteRange(0, 10)));
            }
            int start = random.nextInt(10);
            Reconstruction.Term term = new Reconstruction.Term(
                    new ContentHash(random.nextInt(3), 0, 0, 0), start, start + 1 + random.nextInt(4), 10);
            Reconstruction plan = new Reconstruction(FILE, new ByteRange(0, 10), 0, List.of(term), fetches);
            if (fetches.stream().anyMatch(fetch -> fetch.covers(term))) {
                assertThat(plan.fetchFor(term).covers(term)).isTrue();
            } else {
                assertThatThrownBy(() -> plan.fetchFor(term)).isInstanceOf(StorageException.class);
            }
        }
    }
}
