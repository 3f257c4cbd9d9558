package io.hfmount.xet.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.xet.vectors.VectorInput;
import io.hfmount.xet.vectors.Vectors;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

class SchemeChooserTest {
    static List<JsonNode> choice() {
        return Vectors.list("compression.json", "choice");
    }

    static List<JsonNode> byteGrouping() {
        return Vectors.list("compression.json", "byte_grouping");
    }

    @ParameterizedTest
    @MethodSource("choice")
    void scheme_chosenByContent_matchesTheVector(JsonNode c) {
        byte[] data = VectorInput.bytes(c.get("input"));
        assertThat(data).hasSize(c.get("len").asInt());
        int[][] histograms = SchemeChooser.histograms(data, 0, data.length);
        for (int k = 0; k < 4; k++) {
            for (int bits = 0; bits < 9; bits++) {
                assertThat(histograms[k][bits])
                        .isEqualTo(c.get("histograms").get(k).get(bits).asInt());
            }
        }
        Scheme chosen = SchemeChooser.choose(data, 0, data.length);
        assertThat(chosen.code()).isEqualTo(c.get("scheme").asInt());
        assertThat(chosen == Scheme.BYTE_GROUPED_LZ4)
                .isEqualTo(c.get("bg4_recommended").asBoolean());
    }

    @ParameterizedTest
    @MethodSource("byteGrouping")
    void bytes_grouped_matchTheVectorAndComeBack(JsonNode c) {
        byte[] data = HexFormat.of().parseHex(c.get("data").asString());
        byte[] grouped = new byte[data.length];
        ByteGrouping.group(data, 0, data.length, grouped);
        assertThat(HexFormat.of().formatHex(grouped)).isEqualTo(c.get("grouped").asString());
        byte[] back = new byte[data.length + 3];
        ByteGrouping.ungroup(grouped, data.length, back, 3);
        assertThat(back).endsWith(data).startsWith(0, 0, 0);
    }

    @Test
    void schemeCodes_matchTheVector() {
        JsonNode schemes = Vectors.json("compression.json").get("schemes");
        assertThat(schemes.size()).isEqualTo(Scheme.values().length);
        for (Scheme scheme : Scheme.values()) {
            assertThat(schemes.has(Integer.toString(scheme.code()))).isTrue();
            assertThat(Scheme.ofCode(scheme.code())).isSameAs(scheme);
        }
        assertThat(Scheme.ofCode(99)).isNull();
        assertThat(Scheme.ofCode(-1)).isNull();
    }

    @Test
    void interval_negative_isRefused() {
        assertThatThrownBy(() -> new SchemeRuns(-1)).isInstanceOf(IllegalArgumentException.class);
    }
}
