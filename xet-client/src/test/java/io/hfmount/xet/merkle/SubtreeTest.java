package io.hfmount.xet.merkle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.vectors.VectorLists;
import io.hfmount.xet.vectors.Vectors;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

class SubtreeTest {
    private static final String FILE = "subtree.json";

    static List<JsonNode> cases() {
        return Vectors.cases(FILE);
    }

    static List<JsonNode> stablePoints() {
        return Vectors.list(FILE, "stable_points");
    }

    static List<JsonNode> emptySubtrees() {
        return Vectors.list(FILE, "empty_subtrees");
    }

    static List<JsonNode> mergePreconditions() {
        return Vectors.list(FILE, "merge_preconditions");
    }

    private static Subtree parse(JsonNode json) {
        List<Node> nodes = new ArrayList<>();
        for (JsonNode node : json.get("nodes")) {
            nodes.add(new Node(
                    ContentHash.parse(node.get("hash").asString()),
                    node.get("size").asLong()));
        }
        return new Subtree(
                nodes,
                levels(json.get("levels")),
                json.get("at_start").asBoolean(),
                json.get("at_end").asBoolean());
    }

    private static List<Subtree.Level> levels(JsonNode json) {
        List<Subtree.Level> levels = new ArrayList<>();
        for (JsonNode level : json) {
            levels.add(new Subtree.Level(level.get(0).asInt(), level.get(1).asInt()));
        }
        return levels;
    }

    /** The runs between the cuts; the outer flags belong to the first and the last. */
    private static List<Subtree> parts(List<Node> nodes, List<Integer> cuts, boolean atStart, boolean atEnd) {
        List<Subtree> parts = new ArrayList<>();
        int from = 0;
        for (int i = 0; i <= cuts.size(); i++) {
            int to = i == cuts.size() ? nodes.size() : cuts.get(i);
            parts.add(Subtree.from(atStart && i == 0, nodes.subList(from, to), atEnd && i == cuts.size()));
            from = to;
        }
        return parts;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void parts_builtAndMerged_matchTheVector(JsonNode c) {
        List<Node> nodes = MerkleTreeTest.nodes(c);
        List<Integer> cuts =
                Vectors.elements(c.get("cuts")).stream().map(JsonNode::asInt).toList();
        boolean atStart = c.get("at_start").asBoolean();
        boolean atEnd = c.get("at_end").asBoolean();
        List<Subtree> parts = parts(nodes, cuts, atStart, atEnd);
        if (c.has("parts")) {
            assertThat(parts)
                    .isEqualTo(Vectors.elements(c.get("parts")).stream()
                            .map(SubtreeTest::parse)
                            .toList());
        } else {
            List<JsonNode> shapes = Vectors.elements(c.get("part_shapes"));
            assertThat(parts).hasSameSizeAs(shapes);
            for (int i = 0; i < parts.size(); i++) {
                assertThat(parts.get(i).levels()).isEqualTo(levels(shapes.get(i).get("levels")));
                assertThat(parts.get(i).nodes())
                        .hasSize(shapes.get(i).get("num_nodes").asInt());
            }
        }
        Subtree merged = Subtree.mergeAll(parts);
        assertThat(merged).isEqualTo(parse(c.get("merged")));
        ContentHash aggregated = MerkleTree.aggregate(nodes);
        assertThat(aggregated.text()).isEqualTo(c.get("aggregated").asString());
        assertThat(merged.size()).isEqualTo(nodes.stream().mapToLong(Node::size).sum());
        if (c.get("final_hash").isNull()) {
            assertThat(merged.isClosed()).isFalse();
            assertThatThrownBy(merged::finalHash).isInstanceOf(IllegalStateException.class);
        } else {
            assertThat(merged.finalHash().text()).isEqualTo(c.get("final_hash").asString());
            assertThat(merged.finalHash()).isEqualTo(aggregated);
        }
        if (!nodes.isEmpty()) {
            assertThat(MerkleTree.fileHashOfRoot(aggregated).text())
                    .isEqualTo(c.get("file_hash").asString());
        }
    }

    @ParameterizedTest
    @MethodSource("stablePoints")
    void stablePoints_matchTheVector(JsonNode c) {
        List<Node> nodes = new ArrayList<>();
        List<Integer> cuts = new ArrayList<>();
        for (ContentHash hash :
                VectorLists.hashes(c.get("hashes"), c.get("count").asInt())) {
            Node node = new Node(hash, 1);
            if (node.isNaturalCut()) {
                cuts.add(nodes.size());
            }
            nodes.add(node);
        }
        assertThat(cuts)
                .isEqualTo(Vectors.elements(c.get("natural_cuts")).stream()
                        .map(JsonNode::asInt)
                        .toList());
        assertThat(StablePoints.start(nodes)).isEqualTo(orNone(c.get("stable_start")));
        assertThat(StablePoints.end(nodes)).isEqualTo(orNone(c.get("stable_end")));
    }

    private static int orNone(JsonNode point) {
        return point.isNull() ? -1 : point.asInt();
    }

    @ParameterizedTest
    @MethodSource("emptySubtrees")
    void emptySubtree_matchesTheVector(JsonNode c) {
        Subtree empty =
                Subtree.empty(c.get("at_start").asBoolean(), c.get("at_end").asBoolean());
        assertThat(empty).isEqualTo(parse(c.get("json")));
        assertThat(empty.isEmpty()).isEqualTo(c.get("is_empty").asBoolean());
        if (c.get("final_hash").isNull()) {
            assertThat(empty.isClosed()).isFalse();
        } else {
            assertThat(empty.finalHash().text()).isEqualTo(c.get("final_hash").asString());
        }
    }

    @ParameterizedTest
    @MethodSource("mergePreconditions")
    void merge_isPossibleExactlyWhenTheVectorSays(JsonNode c) {
        Subtree left = Subtree.empty(true, c.get("left_at_end").asBoolean());
        Subtree right = Subtree.empty(c.get("right_at_start").asBoolean(), true);
        if (c.get("ok").asBoolean()) {
            assertThat(left.merge(right).isClosed()).isTrue();
        } else {
            assertThatThrownBy(() -> left.merge(right)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void merge_ofNothing_matchesTheVector() {
        assertThat(Subtree.mergeAll(List.of()))
                .isEqualTo(parse(Vectors.json(FILE).get("merge_of_nothing")));
    }

    @Test
    void levels_thatDoNotCountTheNodes_areRefused() {
        List<Subtree.Level> one = List.of(new Subtree.Level(1, 0));
        assertThatThrownBy(() -> new Subtree(List.of(), one, true, true)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Subtree(List.of(), List.of(), true, true))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Subtree.Level(-1, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Property(tries = 400)
    void runs_cutAnywhereAndMergedLeftToRight_giveTheRootOfTheWhole(
            @ForAll long seed, @ForAll @IntRange(max = 2_000) int count) {
        Random random = new Random(seed);
        // from rarely to nearly always cutting
        int cutOneIn = 1 + random.nextInt(8);
        List<Node> nodes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long w3 = random.nextLong() & ~3L | (random.nextInt(cutOneIn) == 0 ? 0 : 1);
            nodes.add(new Node(
                    new ContentHash(random.nextLong(), random.nextLong(), random.nextLong(), w3),
                    1 + random.nextInt(131_072)));
        }
        // spread out, or close together so that some runs are tiny
        int base = random.nextBoolean() ? 0 : random.nextInt(count + 1);
        int span = base == 0 ? count + 1 : Math.min(12, count + 1 - base);
        List<Integer> cuts = random.ints(random.nextInt(8), base, base + span)
                .sorted()
                .boxed()
                .toList();
        Subtree merged = Subtree.mergeAll(parts(nodes, cuts, true, true));
        assertThat(merged.finalHash()).isEqualTo(MerkleTree.aggregate(nodes));
    }
}
