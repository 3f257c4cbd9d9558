package io.hfmount.xet.cas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.Reconstruction;
import io.hfmount.xet.StorageException;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ReconstructionJsonTest {
    private static final ContentHash FILE = ContentHash.parse("f".repeat(63) + "1");
    private static final ContentHash X = ContentHash.parse("a".repeat(64));
    private static final ByteRange RANGE = new ByteRange(0, 1000);

    private static final String V2 = """
            {"offset_into_first_range": 5, "later": {"a": 1},
             "terms": [{"hash":"%1$s","unpacked_length":1000,"range":{"start":1,"end":3}},
                       {"hash":"%1$s","unpacked_length":500,"range":{"start":3,"end":4}}],
             "xorbs": {"%1$s":[{"url":"https://d/x?sig=SECRET","ranges":[
               {"chunks":{"start":1,"end":3},"bytes":{"start":100,"end":899}},
               {"chunks":{"start":3,"end":4},"bytes":{"start":900,"end":1399}}]}]}}
            """.formatted(X);

    private static final String V1 = """
            {"offset_into_first_range": 0,
             "terms": [{"hash":"%1$s","unpacked_length":1000,"range":{"start":1,"end":3}}],
             "fetch_info": {"%1$s":[{"range":{"start":0,"end":4},"url":"http://d/x","url_range":{"start":0,"end":1399}}]}}
            """.formatted(X);

    private static Reconstruction parse(String json) {
        return ReconstructionJson.parse(FILE, RANGE, json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void secondForm_joinsTouchingRanges() {
        Reconstruction plan = parse(V2);

        assertThat(plan.offsetIntoFirstTerm()).isEqualTo(5);
        assertThat(plan.terms()).hasSize(2);
        assertThat(plan.fetches())
                .containsExactly(new Reconstruction.Fetch(X, 1, 4, "https://d/x?sig=SECRET", new ByteRange(100, 1400)));
    }

    @Test
    void separateAddresses_stayApart() {
        Reconstruction plan = parse(V2.replace(
                        "{\"chunks\":{\"start\":3", "]},{\"url\":\"https://d/y\",\"ranges\":[{\"chunks\":{\"start\":3")
                .replace("899}},", "899}}"));
        assertThat(plan.fetches()).hasSize(2);
        assertThat(plan.fetchFor(plan.terms().get(1)).url()).isEqualTo("https://d/y");
    }

    @Test
    void firstForm_isRead() {
        assertThat(parse(V1).fetches())
                .containsExactly(new Reconstruction.Fetch(X, 0, 4, "http://d/x", new ByteRange(0, 1400)));
    }

    @Test
    void emptyFile_hasNoTerms() {
        assertThat(parse("{\"offset_into_first_range\":0,\"terms\":[],\"xorbs\":{}}")
                        .terms())
                .isEmpty();
    }

    @Test
    void contradictions_areFinal() {
        String[] wrong = {
            V2.replace("\"end\":3", "\"end\":1"),
            V2.replace("\"end\":4", "\"end\":9000"),
            V2.replace("{\"start\":3,\"end\":4}", "{\"start\":3,\"end\":5}")
                    .replace("\"chunks\":{\"start\":3,\"end\":5}", "\"chunks\":{\"start\":3,\"end\":4}"),
            V2.replace("\"unpacked_length\":500", "\"unpacked_length\":0"),
            V2.replace("\"unpacked_length\":500", "\"unpacked_length\":-1"),
            V2.replace("\"unpacked_length\":500", "\"unpacked_length\":99999999999"),
            V2.replace("\"unpacked_length\":500,", ""),
            V2.replace("\"end\":1399", "\"end\":2000000000"),
            V2.replace("\"end\":1399", "\"end\":10"),
            V2.replace("https://d/x?sig=SECRET", "file:///etc/passwd"),
            V2.replace("_range\": 5", "_range\": 1000"),
            V2.replace("_range\": 5", "_range\": -1"),
            V2.replaceFirst("a{64}", "a".repeat(63)),
            V2.replace("\"terms\"", "\"words\""),
            V2.replace("\"xorbs\"", "\"words\""),
            "null",
        };
        for (String json : wrong) {
            assertThatThrownBy(() -> parse(json))
                    .as(json)
                    .isInstanceOfSatisfying(
                            StorageException.class, e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.CORRUPT))
                    .hasMessageNotContaining("SECRET")
                    .matches(e -> !RetryPolicy.isTransient(e));
        }
    }

    @Test
    void unreadableAnswer_isTransient() {
        for (String json : new String[] {"", "{", V2.substring(0, 300), "[1]", "<html>"}) {
            assertThatThrownBy(() -> parse(json))
                    .isInstanceOf(StorageException.class)
                    .hasMessageNotContaining("SECRET")
                    .matches(RetryPolicy::isTransient);
        }
    }

    @Property(tries = 300)
    void anyDamage_givesAStorageExceptionOrAPlan(@ForAll int seed) {
        byte[] json = V2.getBytes(StandardCharsets.UTF_8);
        java.util.Random random = new java.util.Random(seed);
        for (int i = 0; i < 1 + random.nextInt(4); i++) {
            json[random.nextInt(json.length)] = (byte) (32 + random.nextInt(95));
        }
        try {
            Reconstruction plan = ReconstructionJson.parse(FILE, RANGE, json);
            plan.terms().forEach(plan::fetchFor);
        } catch (StorageException e) {
            assertThat(e.kind()).isEqualTo(StorageException.Kind.CORRUPT);
        }
    }
}
