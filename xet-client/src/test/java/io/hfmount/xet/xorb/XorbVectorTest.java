package io.hfmount.xet.xorb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.ChunkRun;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.compress.Scheme;
import io.hfmount.xet.hash.XetHashes;
import io.hfmount.xet.vectors.VectorInput;
import io.hfmount.xet.vectors.Vectors;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

class XorbVectorTest {
    private static final int AUTOMATIC = 99;

    static List<JsonNode> cases() {
        return Vectors.cases("xorb.json");
    }

    static List<JsonNode> fullCases() {
        return cases().stream().filter(c -> c.has("entries")).toList();
    }

    static List<JsonNode> invalid() {
        return Vectors.list("xorb.json", "invalid");
    }

    static List<JsonNode> auto() {
        return Vectors.list("xorb.json", "auto");
    }

    private static JsonNode described(JsonNode c) {
        if (!c.has("same_content_as")) {
            return c;
        }
        String name = c.get("same_content_as").asString();
        return fullCases().stream()
                .filter(other -> other.get("name").asString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void xorb_validated_hasTheListedIndex(JsonNode c) throws Exception {
        JsonNode content = described(c);
        XorbIndex index = XorbParser.validate(
                ContentHash.parse(c.get("hash").asString()),
                Vectors.bytes(c.get("file").asString()));
        List<JsonNode> entries = Vectors.elements(content.get("entries"));
        assertThat(index.count()).isEqualTo(entries.size());
        for (int i = 0; i < entries.size(); i++) {
            XorbChunk chunk = index.chunks().get(i);
            assertThat(chunk.hash().text()).isEqualTo(entries.get(i).get("hash").asString());
            assertThat(chunk.storedEnd())
                    .isEqualTo(entries.get(i).get("stored_end").asInt());
            assertThat(chunk.unpackedEnd())
                    .isEqualTo(entries.get(i).get("unpacked_end").asInt());
        }
        assertThat(index.storedBytes()).isEqualTo(content.get("contents_length").asInt());
        assertThat(index.rangeHash(0, index.count()).text())
                .isEqualTo(content.get("range_hash_all").asString());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void records_decoded_giveTheListedContent(JsonNode c) {
        JsonNode content = described(c);
        ContentHash hash = ContentHash.parse(c.get("hash").asString());
        byte[] records = Arrays.copyOf(
                Vectors.bytes(c.get("file").asString()),
                content.get("contents_length").asInt());
        int count = content.get("chunks").size();
        ChunkRun run = ChunkRecords.decode(hash, 0, records, count);
        assertThat(run.count()).isEqualTo(count);
        for (int i = 0; i < count; i++) {
            assertThat(Arrays.copyOfRange(run.data(), run.startOf(i), run.endOf(i)))
                    .isEqualTo(VectorInput.bytes(content.get("chunks").get(i)));
        }
    }

    @ParameterizedTest
    @MethodSource("fullCases")
    void xorb_written_equalsTheVectorExceptForCompressedBytes(JsonNode c) throws Exception {
        int requested = c.get("requested_scheme").asInt();
        XorbWriter writer = requested == AUTOMATIC
                ? XorbWriter.automatic()
                : XorbWriter.fixed(Objects.requireNonNull(Scheme.ofCode(requested)));
        for (JsonNode input : c.get("chunks")) {
            add(writer, VectorInput.bytes(input));
        }
        SerializedXorb xorb = writer.finish();
        ContentHash hash = ContentHash.parse(c.get("hash").asString());
        assertThat(xorb.index().hash()).isEqualTo(hash);
        assertThat(XorbParser.validate(hash, xorb.bytes())).isEqualTo(xorb.index());
        assertThat(XorbParser.validate(hash, xorb.bytesWithFooter())).isEqualTo(xorb.index());
        List<JsonNode> entries = Vectors.elements(c.get("entries"));
        for (int i = 0; i < entries.size(); i++) {
            byte[] record = xorb.record(i);
            JsonNode entry = entries.get(i);
            assertThat(record[4]).as("scheme of chunk %d", i).isEqualTo((byte)
                    entry.get("scheme").asInt());
            if (record[4] == 0) {
                assertThat(HexFormat.of().formatHex(record, 0, 8))
                        .isEqualTo(entry.get("header").asString());
            }
        }
        byte[] file = Vectors.bytes(c.get("file").asString());
        if (requested == 0) {
            assertThat(c.get("has_footer").asBoolean() ? xorb.bytesWithFooter() : xorb.bytes())
                    .isEqualTo(file);
        }
    }

    @ParameterizedTest
    @MethodSource("fullCases")
    void footer_ofTheVectorsIndex_equalsTheVectorsFooter(JsonNode c) throws Exception {
        if (!c.get("has_footer").asBoolean()) {
            return;
        }
        byte[] file = Vectors.bytes(c.get("file").asString());
        XorbIndex index = XorbParser.validate(ContentHash.parse(c.get("hash").asString()), file);
        byte[] footer = XorbFooter.version1(index);
        assertThat(footer).hasSize(c.get("info_length").asInt() + 4);
        assertThat(footer).isEqualTo(Arrays.copyOfRange(file, index.storedBytes(), file.length));
        assertThat(c.get("hashes_section_offset_from_end").asInt()).isEqualTo(52 + 40 * index.count());
        assertThat(c.get("boundary_section_offset_from_end").asInt()).isEqualTo(40 + 8 * index.count());
    }

    @ParameterizedTest
    @MethodSource("invalid")
    void xorb_damaged_isRefused(JsonNode c) {
        ContentHash expected = ContentHash.parse(c.get("expected_hash").asString());
        byte[] file = Vectors.bytes(c.get("file").asString());
        assertThatThrownBy(() -> XorbParser.validate(expected, file))
                .as(c.get("what").asString())
                .isInstanceOf(XorbFormatException.class)
                .hasMessageMatching(".+");
    }

    @ParameterizedTest
    @MethodSource("auto")
    void schemes_chosenAutomatically_matchTheVector(JsonNode c) {
        Set<Integer> fileStarts = new HashSet<>();
        c.get("file_boundaries").forEach(start -> fileStarts.add(start.asInt()));
        XorbWriter writer = XorbWriter.automatic(c.get("retest_interval").asInt());
        List<Chunk> chunks = new ArrayList<>();
        for (JsonNode input : Vectors.json("xorb.json").get("auto_chunks")) {
            if (fileStarts.contains(chunks.size())) {
                writer.startFile();
            }
            chunks.add(add(writer, VectorInput.bytes(input)));
        }
        SerializedXorb xorb = writer.finish();
        StringBuilder schemes = new StringBuilder();
        for (int i = 0; i < chunks.size(); i++) {
            schemes.append(xorb.record(i)[4]);
        }
        assertThat(xorb.index().hash().text()).isEqualTo(c.get("hash").asString());
        assertThat(schemes).hasToString(c.get("schemes").asString());
    }

    @ParameterizedTest
    @MethodSource("fullCases")
    void footer_ofVersion0_isAccepted(JsonNode c) throws Exception {
        XorbIndex index = XorbParser.validate(
                ContentHash.parse(c.get("hash").asString()),
                Vectors.bytes(c.get("file").asString()));
        byte[] records = Arrays.copyOf(Vectors.bytes(c.get("file").asString()), index.storedBytes());
        byte[] footer = XorbFooter.version0(index);
        byte[] whole = Arrays.copyOf(records, records.length + footer.length);
        System.arraycopy(footer, 0, whole, records.length, footer.length);
        assertThat(XorbParser.validate(index.hash(), whole)).isEqualTo(index);
        assertThat(new String(footer, 0, 7, StandardCharsets.US_ASCII)).isEqualTo("XETBLOB");
    }

    private static Chunk add(XorbWriter writer, byte[] data) {
        Chunk chunk = new Chunk(XetHashes.chunkHash(data), data.length);
        writer.add(chunk, data, 0);
        return chunk;
    }
}
