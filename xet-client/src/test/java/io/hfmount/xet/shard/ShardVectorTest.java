package io.hfmount.xet.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.hash.XetHashes;
import io.hfmount.xet.vectors.VectorLists;
import io.hfmount.xet.vectors.Vectors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

class ShardVectorTest {
    private static final long CREATED = 1_700_000_000L;

    static List<JsonNode> cases() {
        return Vectors.cases("shard.json");
    }

    private static ContentHash hash(JsonNode text) {
        return ContentHash.parse(text.asString());
    }

    private static List<FileEntry> files(JsonNode c) {
        List<FileEntry> files = new ArrayList<>();
        for (JsonNode file : c.get("files")) {
            List<Segment> segments = new ArrayList<>();
            for (JsonNode s : file.get("segments")) {
                segments.add(new Segment(
                        hash(s.get(0)),
                        s.get(2).asLong(),
                        s.get(3).asInt(),
                        s.get(4).asInt()));
            }
            JsonNode sha = file.get("sha256");
            files.add(new FileEntry(
                    hash(file.get("hash")),
                    segments,
                    VectorLists.texts(file.get("verification")),
                    sha.isNull() ? null : hash(sha)));
        }
        return files;
    }

    private static List<XorbEntry> xorbs(JsonNode c) {
        List<XorbEntry> xorbs = new ArrayList<>();
        for (JsonNode xorb : c.get("xorbs")) {
            List<XorbEntry.ChunkEntry> chunks = new ArrayList<>();
            for (JsonNode chunk : xorb.get("chunks")) {
                chunks.add(new XorbEntry.ChunkEntry(
                        hash(chunk.get(0)),
                        chunk.get(1).asInt(),
                        chunk.get(2).asInt(),
                        chunk.get(3).asLong() != 0));
            }
            xorbs.add(new XorbEntry(
                    hash(xorb.get("hash")),
                    chunks,
                    xorb.get("num_bytes_on_disk").asLong()));
        }
        return xorbs;
    }

    private static byte[] file(JsonNode c, String form) {
        return Vectors.bytes(c.get(form).asString());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void uploadForm_written_equalsTheVector(JsonNode c) {
        List<FileEntry> files = files(c);
        Collections.reverse(files);
        byte[] written = ShardWriter.upload(files, xorbs(c));
        assertThat(written).isEqualTo(file(c, "upload"));
        assertThat(ShardWriter.uploadLength(files, xorbs(c))).isEqualTo(written.length);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void fullForm_written_equalsTheVector(JsonNode c) {
        List<XorbEntry> xorbs = xorbs(c);
        Collections.reverse(xorbs);
        byte[] written = ShardWriter.full(files(c), xorbs, 0, ShardFooter.NEVER);
        assertThat(written).isEqualTo(file(c, "full"));
        assertThat(ShardWriter.hash(written)).isEqualTo(hash(c.get("shard_hash")));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void dedupForm_written_equalsTheVector(JsonNode c) {
        List<XorbEntry> marked = DedupEligibility.markFileStarts(files(c), xorbs(c));
        assertThat(ShardWriter.dedupAnswer(marked, CREATED, 0)).isEqualTo(file(c, "dedup"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void keyedForm_written_equalsTheVector(JsonNode c) {
        List<XorbEntry> marked = DedupEligibility.markFileStarts(files(c), xorbs(c));
        assertThat(ShardWriter.keyedDedupAnswer(marked, hash(c.get("hmac_key")), CREATED, CREATED + 3600))
                .isEqualTo(file(c, "keyed"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void fullForm_read_givesContentAndFooter(JsonNode c) throws Exception {
        Shard shard = ShardReader.read(file(c, "full"));
        assertThat(shard.files()).isEqualTo(files(c));
        assertThat(shard.xorbs()).isEqualTo(xorbs(c));
        ShardFooter footer = Objects.requireNonNull(shard.footer());
        JsonNode expected = c.get("footer");
        assertThat(footer.fileSection())
                .isEqualTo(expected.get("file_info_offset").asLong());
        assertThat(footer.xorbSection())
                .isEqualTo(expected.get("xorb_info_offset").asLong());
        assertThat(footer.fileLookup()).isEqualTo(table(expected, "file"));
        assertThat(footer.xorbLookup()).isEqualTo(table(expected, "xorb"));
        assertThat(footer.chunkLookup()).isEqualTo(table(expected, "chunk"));
        assertThat(footer.hmacKey()).isEqualTo(hash(expected.get("hmac_key")));
        assertThat(footer.createdAt()).isEqualTo(expected.get("creation").asLong());
        assertThat(Long.toUnsignedString(footer.expiresAt()))
                .isEqualTo(expected.get("expiry").asString());
        assertThat(footer.bytesOnDisk())
                .isEqualTo(expected.get("stored_bytes_on_disk").asLong());
        assertThat(footer.materializedBytes())
                .isEqualTo(expected.get("materialized_bytes").asLong());
        assertThat(footer.storedBytes()).isEqualTo(expected.get("stored_bytes").asLong());
        assertThat(footer.isExpired(Long.MAX_VALUE)).isFalse();
        assertThat(footer.isKeyed()).isFalse();
    }

    private static ShardFooter.Table table(JsonNode footer, String name) {
        return new ShardFooter.Table(
                footer.get(name + "_lookup_offset").asLong(),
                footer.get(name + "_lookup_num_entry").asLong());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void uploadForm_read_givesContentAndIgnoresWhatFollows(JsonNode c) throws Exception {
        byte[] upload = file(c, "upload");
        Shard shard = ShardReader.readUpload(upload);
        assertThat(shard.files()).isEqualTo(files(c));
        assertThat(shard.xorbs()).isEqualTo(xorbs(c));
        assertThat(shard.footer()).isNull();
        assertThat(ShardReader.read(upload)).isEqualTo(shard);
        assertThat(ShardReader.readUpload(Arrays.copyOf(upload, upload.length + 77)))
                .isEqualTo(shard);
        assertThat(ShardReader.readUpload(file(c, "full"))).isEqualTo(shard);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void keyedForm_read_hasKeyExpiryAndKeyedChunks(JsonNode c) throws Exception {
        Shard shard = ShardReader.read(file(c, "keyed"));
        ShardFooter footer = Objects.requireNonNull(shard.footer());
        ContentHash key = hash(c.get("hmac_key"));
        assertThat(footer.hmacKey()).isEqualTo(key);
        assertThat(footer.isKeyed()).isTrue();
        assertThat(footer.isExpired(CREATED + 3600)).isFalse();
        assertThat(footer.isExpired(CREATED + 3601)).isTrue();
        List<XorbEntry> plain = xorbs(c);
        assertThat(shard.xorbs()).hasSameSizeAs(plain);
        for (int x = 0; x < plain.size(); x++) {
            for (int i = 0; i < plain.get(x).chunks().size(); i++) {
                assertThat(shard.xorbs().get(x).chunks().get(i).hash())
                        .isEqualTo(XetHashes.hmac(plain.get(x).chunks().get(i).hash(), key));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void queries_ofEveryForm_giveTheListedRuns(JsonNode c) throws Exception {
        for (String form : List.of("keyed", "dedup", "full")) {
            ShardDedupIndex index = new ShardDedupIndex(ShardReader.read(file(c, form)));
            for (JsonNode query : c.get("keyed_queries")) {
                ShardDedupIndex.Match match = index.find(VectorLists.texts(query.get("query")));
                JsonNode r = query.get("result");
                if (r.isNull()) {
                    assertThat(match).isNull();
                } else {
                    assertThat(match)
                            .isEqualTo(new ShardDedupIndex.Match(
                                    r.get(0).asInt(),
                                    hash(r.get(1)),
                                    r.get(2).asLong(),
                                    r.get(3).asInt(),
                                    r.get(4).asInt()));
                }
            }
            assertThat(index.find(List.of())).isNull();
            assertThat(index.find(List.of(ContentHash.ZERO))).isNull();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void eligibleChunks_matchTheVector(JsonNode c) {
        assertThat(DedupEligibility.eligible(files(c), xorbs(c)))
                .containsExactlyElementsOf(VectorLists.texts(c.get("global_dedup_eligible")));
    }

    @Test
    void dedupAnswer_withExpiryZero_isExpired() throws Exception {
        Shard shard = ShardReader.read(file(cases().get(1), "dedup"));
        assertThat(Objects.requireNonNull(shard.footer()).isExpired(1)).isTrue();
    }

    @Test
    void eligibility_byHash_followsTheModulus() {
        assertThat(DedupEligibility.byHash(new ContentHash(1, 2, 3, 1024))).isTrue();
        assertThat(DedupEligibility.byHash(new ContentHash(1, 2, 3, -1024))).isTrue();
        assertThat(DedupEligibility.byHash(new ContentHash(0, 0, 0, 1023))).isFalse();
    }

    @Test
    void verification_ofSomeFilesOnly_isRefusedByWriterAndReader() {
        FileEntry with = files(cases().get(1)).get(0);
        FileEntry without = new FileEntry(ContentHash.ZERO, with.segments(), List.of(), null);
        assertThatThrownBy(() -> ShardWriter.upload(List.of(with, without), List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("verification");
        byte[] mixed = ShardWriter.upload(List.of(with, with), List.of());
        mixed[48 + 35] = 0;
        assertThatThrownBy(() -> ShardReader.read(mixed)).isInstanceOf(ShardFormatException.class);
    }

    @Test
    void key_ofZero_isRefused() {
        assertThatThrownBy(() -> ShardWriter.keyedDedupAnswer(List.of(), ContentHash.ZERO, 0, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
