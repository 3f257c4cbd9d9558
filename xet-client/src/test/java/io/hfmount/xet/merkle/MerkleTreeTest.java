package io.hfmount.xet.merkle;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.hash.XetHashes;
import io.hfmount.xet.vectors.VectorLists;
import io.hfmount.xet.vectors.Vectors;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

class MerkleTreeTest {
    static List<JsonNode> cases() {
        return Vectors.cases("merkle.json");
    }

    static List<Node> nodes(JsonNode c) {
        List<Node> nodes = new ArrayList<>();
        if (c.has("nodes")) {
            for (JsonNode pair : c.get("nodes")) {
                nodes.add(new Node(
                        ContentHash.parse(pair.get(0).asString()), pair.get(1).asLong()));
            }
            return nodes;
        }
        int count = c.get("count").asInt();
        List<ContentHash> hashes = VectorLists.hashes(c.get("hashes"), count);
        long[] sizes = VectorLists.sizes(c.get("sizes"), count);
        for (int i = 0; i < count; i++) {
            nodes.add(new Node(hashes.get(i), sizes[i]));
        }
        return nodes;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aggregate_matchesTheVector(JsonNode c) {
        List<Node> nodes = nodes(c);
        ContentHash root = MerkleTree.aggregate(nodes);
        assertThat(root.text()).isEqualTo(c.get("xorb_hash").asString());
        if (nodes.isEmpty()) {
            assertThat(c.get("file_hash").asString()).isEqualTo(ContentHash.ZERO.text());
            return;
        }
        assertThat(MerkleTree.fileHashOfRoot(root).text())
                .isEqualTo(c.get("file_hash").asString());
        if (c.has("salt_raw")) {
            ContentHash salt = ContentHash.fromRaw(
                    HexFormat.of().parseHex(c.get("salt_raw").asString()));
            assertThat(XetHashes.hmac(root, salt).text())
                    .isEqualTo(c.get("file_hash_with_salt").asString());
        }
        if (c.has("total")) {
            assertThat(nodes.stream().mapToLong(Node::size).sum())
                    .isEqualTo(c.get("total").asLong());
        }
    }
}
