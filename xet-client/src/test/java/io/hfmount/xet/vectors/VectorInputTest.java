package io.hfmount.xet.vectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class VectorInputTest {
    static Iterable<JsonNode> inputs() {
        return Vectors.cases("inputs.json");
    }

    @ParameterizedTest
    @MethodSource("inputs")
    void generator_asDescribed_givesTheListedBytes(JsonNode c) throws Exception {
        byte[] made = VectorInput.bytes(c.get("input"));
        assertThat(made).hasSize(c.get("len").asInt());
        assertThat(HexFormat.of().formatHex(made)).isEqualTo(c.get("bytes").asString());
        assertThat(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(made)))
                .isEqualTo(c.get("sha256").asString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"upload.json", "dedup.json", "reconstruction.json", "windows.json", "compose.json"})
    void file_ofOtherModules_isServed(String name) {
        assertThat(Vectors.json(name).isObject()).isTrue();
    }

    @Test
    void everyKind_isCoveredByTheVectors() {
        assertThat(Vectors.cases("inputs.json"))
                .extracting(c -> c.get("input").get("kind").asString())
                .contains(
                        "empty",
                        "hex",
                        "const",
                        "random",
                        "text",
                        "counter32",
                        "float32",
                        "repeat",
                        "concat",
                        "slice",
                        "edit");
    }
}
