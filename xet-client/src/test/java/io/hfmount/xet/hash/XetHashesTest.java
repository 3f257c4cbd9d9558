package io.hfmount.xet.hash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.vectors.VectorInput;
import io.hfmount.xet.vectors.VectorLists;
import io.hfmount.xet.vectors.Vectors;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

class XetHashesTest {
    private static final String FILE = "hashes.json";
    private static final HexFormat HEX = HexFormat.of();

    static List<JsonNode> data() {
        return Vectors.list(FILE, "data");
    }

    static List<JsonNode> encoding() {
        return Vectors.list(FILE, "encoding");
    }

    static List<JsonNode> hmac() {
        return Vectors.list(FILE, "hmac");
    }

    static List<JsonNode> rangeHash() {
        return Vectors.list(FILE, "range_hash");
    }

    static List<JsonNode> parse() {
        return Vectors.list(FILE, "parse");
    }

    @ParameterizedTest
    @MethodSource("data")
    void data_hashed_matchesTheVector(JsonNode c) {
        byte[] input = VectorInput.bytes(c.get("input"));
        ContentHash chunk = XetHashes.chunkHash(input);
        assertThat(chunk.text()).isEqualTo(c.get("chunk_hash").asString());
        assertThat(HEX.formatHex(chunk.toRaw()))
                .isEqualTo(c.get("chunk_hash_raw_bytes").asString());
        assertThat(XetHashes.nodeHash(input, 0, input.length).text())
                .isEqualTo(c.get("node_hash").asString());
    }

    @Test
    void key_ofEachUse_matchesTheVector() {
        JsonNode all = Vectors.json(FILE);
        byte[] message = {1, 2, 3};
        byte[] dataKey = HEX.parseHex(all.get("data_key").asString());
        byte[] nodeKey = HEX.parseHex(all.get("node_key").asString());
        assertThat(XetHashes.chunkHash(message)).isEqualTo(Blake3.keyed(dataKey, message, 0, 3));
        assertThat(XetHashes.nodeHash(message, 0, 3)).isEqualTo(Blake3.keyed(nodeKey, message, 0, 3));
    }

    @ParameterizedTest
    @MethodSource("encoding")
    void encoding_ofRawBytes_matchesTheVector(JsonNode c) {
        byte[] raw = HEX.parseHex(c.get("raw").asString());
        ContentHash hash = ContentHash.fromRaw(raw);
        assertThat(hash.text()).isEqualTo(c.get("hex").asString());
        assertThat(hash.toRaw()).isEqualTo(raw);
        assertThat(ContentHash.parse(c.get("hex").asString())).isEqualTo(hash);
        long[] words = {hash.w0(), hash.w1(), hash.w2(), hash.w3()};
        for (int i = 0; i < 4; i++) {
            assertThat(HEX.toHexDigits(words[i]))
                    .isEqualTo(c.get("words").get(i).asString());
        }
        assertThat(hash.w3() & 3).isEqualTo(c.get("mod4").asLong());
        assertThat(hash.w3() & 1023).isEqualTo(c.get("mod1024").asLong());
        ContentHash stored = XetHashes.storedSha256(raw);
        assertThat(HEX.formatHex(stored.toRaw()))
                .isEqualTo(c.get("sha256_digest_to_stored_raw").asString());
        assertThat(stored.text()).isEqualTo(c.get("raw").asString());
        assertThat(XetHashes.sha256Digest(stored)).isEqualTo(raw);
    }

    @ParameterizedTest
    @MethodSource("hmac")
    void hmac_matchesTheVector(JsonNode c) {
        ContentHash hash = ContentHash.parse(c.get("hash").asString());
        ContentHash key = ContentHash.parse(c.get("key").asString());
        assertThat(XetHashes.hmac(hash, key).text()).isEqualTo(c.get("hmac").asString());
    }

    @ParameterizedTest
    @MethodSource("rangeHash")
    void rangeHash_matchesTheVector(JsonNode c) {
        List<ContentHash> hashes =
                VectorLists.hashes(c.get("hashes"), c.get("count").asInt());
        assertThat(XetHashes.rangeHash(hashes).text())
                .isEqualTo(c.get("range_hash").asString());
    }

    @ParameterizedTest
    @MethodSource("parse")
    void text_parsed_isAcceptedExactlyWhenValid(JsonNode c) {
        String text = c.get("text").asString();
        if (c.get("valid").asBoolean()) {
            assertThat(ContentHash.parse(text).text()).isEqualToIgnoringCase(text);
        } else {
            assertThatThrownBy(() -> ContentHash.parse(text)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
