package io.hfmount.xet.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.merkle.MerkleTree;
import io.hfmount.xet.vectors.VectorInput;
import io.hfmount.xet.vectors.Vectors;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

class ChunkerTest {
    static List<JsonNode> cases() {
        return Vectors.cases("chunking.json");
    }

    static List<JsonNode> stableBoundaries() {
        return Vectors.cases("stable-boundary.json");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void content_cutAndHashed_matchesTheVector(JsonNode c) {
        byte[] content = VectorInput.bytes(c.get("input"));
        assertThat(content).hasSize(c.get("len").asInt());
        List<Chunk> chunks = Chunker.chunksOf(content);
        assertThat(chunks)
                .extracting(Chunk::length)
                .containsExactlyElementsOf(Vectors.elements(c.get("chunk_lengths")).stream()
                        .map(JsonNode::asInt)
                        .toList());
        List<String> expected = Vectors.elements(c.get("chunk_hashes")).stream()
                .map(JsonNode::asString)
                .toList();
        List<Chunk> listed = c.get("chunk_hashes_are").asString().equals("all")
                ? chunks
                : List.of(chunks.get(0), chunks.get(chunks.size() / 2), chunks.get(chunks.size() - 1));
        assertThat(listed).extracting(chunk -> chunk.hash().text()).containsExactlyElementsOf(expected);
        assertThat(MerkleTree.xorbHash(chunks).text())
                .isEqualTo(c.get("xorb_hash_of_all_chunks").asString());
        assertThat(MerkleTree.fileHash(chunks).text())
                .isEqualTo(c.get("file_hash").asString());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void content_fedInRandomPieces_isCutTheSame(JsonNode c) {
        byte[] content = VectorInput.bytes(c.get("input"));
        List<Integer> expected = Vectors.elements(c.get("chunk_lengths")).stream()
                .map(JsonNode::asInt)
                .toList();
        for (int bound : new int[] {100, 8_200, 70_000, 300_000}) {
            assertThat(lengthsInPieces(content, new Random(bound), bound)).isEqualTo(expected);
        }
    }

    @Test
    void constants_matchTheVector() {
        JsonNode all = Vectors.json("chunking.json");
        assertThat(Chunker.MIN).isEqualTo(all.get("min").asInt());
        assertThat(Chunker.MAX).isEqualTo(all.get("max").asInt());
    }

    @Property(tries = 60)
    void cuts_equalTheRuleReadLiterally(@ForAll long seed, @ForAll @IntRange(max = 400_000) int size) {
        byte[] content = VectorInput.random(seed, size);
        assertThat(lengthsInPieces(content, new Random(seed), 50_000)).isEqualTo(literalRule(content));
    }

    @ParameterizedTest
    @MethodSource("stableBoundaries")
    void stableBoundary_matchesTheVector(JsonNode c) {
        long[] boundaries = Vectors.elements(c.get("boundaries")).stream()
                .mapToLong(JsonNode::asLong)
                .toArray();
        OptionalLong expected = c.get("result").isNull()
                ? OptionalLong.empty()
                : OptionalLong.of(c.get("result").asLong());
        assertThat(StableBoundary.find(boundaries, c.get("start").asLong())).isEqualTo(expected);
    }

    /** What the stable boundary is for: whatever stands before the start, the cut and all later chunks stay. */
    @Property(tries = 25)
    void stableBoundary_afterAnyEditBeforeStart_isStillACut(
            @ForAll long seed, @ForAll @IntRange(max = 200_000) int newPrefix) {
        int size = 3_000_000;
        int start = 1_000_000;
        byte[] old = VectorInput.random(seed, size);
        long[] oldCuts = boundaries(old);
        OptionalLong stable = StableBoundary.find(oldCuts, start);
        if (stable.isEmpty()) {
            return;
        }
        byte[] edited = new byte[newPrefix + size - start];
        System.arraycopy(VectorInput.text(seed + 1, newPrefix), 0, edited, 0, newPrefix);
        System.arraycopy(old, start, edited, newPrefix, size - start);
        long[] later = LongStream.of(oldCuts)
                .filter(b -> b >= stable.getAsLong())
                .map(b -> b - start + newPrefix)
                .toArray();
        long[] newLater =
                LongStream.of(boundaries(edited)).filter(b -> b >= later[0]).toArray();
        assertThat(newLater).isEqualTo(later);
    }

    @Test
    void hash_ofZeroLengthFile_isZero() {
        assertThat(MerkleTree.fileHash(Chunker.chunksOf(new byte[0]))).isEqualTo(ContentHash.ZERO);
    }

    private static long[] boundaries(byte[] content) {
        List<Chunk> chunks = Chunker.chunksOf(content);
        long[] boundaries = new long[chunks.size() + 1];
        for (int i = 0; i < chunks.size(); i++) {
            boundaries[i + 1] = boundaries[i] + chunks.get(i).length();
        }
        return boundaries;
    }

    private static List<Integer> lengthsInPieces(byte[] content, Random random, int bound) {
        Chunker chunker = new Chunker();
        List<Integer> lengths = new ArrayList<>();
        int chunkStart = 0;
        for (int at = 0; at < content.length; ) {
            int n = Math.min(content.length - at, random.nextInt(bound));
            int taken = chunker.scan(content, at, n);
            if (taken < 0) {
                at += n;
                assertThat(chunker.pending()).isEqualTo(at - chunkStart);
            } else {
                at += taken;
                lengths.add(at - chunkStart);
                chunkStart = at;
            }
        }
        if (chunker.pending() > 0) {
            lengths.add(chunker.pending());
        }
        return lengths;
    }

    private static List<Integer> literalRule(byte[] content) {
        List<Integer> lengths = new ArrayList<>();
        long h = 0;
        int n = 0;
        for (byte b : content) {
            int i = n++;
            if (i < 8_192 - 65) {
                continue;
            }
            h = (h << 1) + GearTable.ENTRIES[b & 0xFF];
            if ((h & 0xFFFF_0000_0000_0000L) == 0 && n >= 8_192 || n == 131_072) {
                lengths.add(n);
                h = 0;
                n = 0;
            }
        }
        if (n > 0) {
            lengths.add(n);
        }
        return lengths;
    }
}
