package io.hfmount.xet.hash;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.vectors.VectorInput;
import io.hfmount.xet.vectors.Vectors;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Every kernel against the vectors, an independent implementation and each other, whatever this processor prefers. */
class Blake3KernelTest {
    private static final byte[] KEY = VectorInput.random(78, 32);
    private static final int KIB = 1024;

    private static Blake3Hasher hasher(KernelChoice kernel, byte[] key) {
        return new Blake3Hasher(Blake3Hasher.keyWords(key), () -> kernel);
    }

    private static ContentHash oracle(byte[] data, int off, int len) {
        return ContentHash.fromRaw(org.apache.commons.codec.digest.Blake3.initKeyedHash(KEY)
                .update(data, off, len)
                .doFinalize(32));
    }

    static Stream<Arguments> vectors() {
        List<JsonNode> cases = Vectors.list("hashes.json", "data");
        return Arrays.stream(KernelChoice.values()).flatMap(k -> cases.stream().map(c -> Arguments.of(k, c)));
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void hash_matchesTheVector(KernelChoice kernel, JsonNode c) {
        byte[] key = java.util.HexFormat.of()
                .parseHex(Vectors.json("hashes.json").get("data_key").asString());
        byte[] input = VectorInput.bytes(c.get("input"));
        assertThat(hasher(kernel, key).hash(input, 0, input.length).text())
                .isEqualTo(c.get("chunk_hash").asString());
    }

    @ParameterizedTest
    @EnumSource
    void hash_ofEachLengthToThreeChunks_matchesTheOracle(KernelChoice kernel) {
        Blake3Hasher hasher = hasher(kernel, KEY);
        byte[] data = VectorInput.random(3, 3 * KIB + 3);
        for (int length = 0; length <= 3 * KIB; length++) {
            assertThat(hasher.hash(data, 3, length)).as("%d bytes", length).isEqualTo(oracle(data, 3, length));
        }
    }

    @ParameterizedTest
    @EnumSource
    void hash_aroundEachNumberOfChunks_matchesTheOracle(KernelChoice kernel) {
        Blake3Hasher hasher = hasher(kernel, KEY);
        byte[] data = VectorInput.random(4, 300 * KIB);
        for (int chunks = 1; chunks < 300; chunks += chunks < 40 ? 1 : 13) {
            for (int around : new int[] {-1, 0, 1, 64, 65, 960, 961}) {
                int length = chunks * KIB + around;
                assertThat(hasher.hash(data, 0, length)).as("%d bytes", length).isEqualTo(oracle(data, 0, length));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void hash_ofRandomRanges_matchesTheOracle(KernelChoice kernel) {
        Blake3Hasher hasher = hasher(kernel, KEY);
        Random random = new Random(5);
        byte[] data = VectorInput.random(5, 2 * KIB * KIB);
        for (int i = 0; i < 60; i++) {
            int length = random.nextInt(1 << random.nextInt(21));
            int off = random.nextInt(data.length - length);
            assertThat(hasher.hash(data, off, length))
                    .as("%d bytes from %d", length, off)
                    .isEqualTo(oracle(data, off, length));
        }
    }

    @ParameterizedTest
    @EnumSource
    void hash_ofTheVeryEndOfAnArray_readsNothingBeyond(KernelChoice kernel) {
        Blake3Hasher hasher = hasher(kernel, KEY);
        for (int length = 1; length < 40 * KIB; length += 333) {
            byte[] data = VectorInput.random(length, length);
            assertThat(hasher.hash(data, 0, length)).as("%d bytes", length).isEqualTo(oracle(data, 0, length));
        }
    }

    @ParameterizedTest
    @EnumSource
    void update_inPieces_equalsOneCall(KernelChoice kernel) {
        Blake3Hasher hasher = hasher(kernel, KEY);
        Random random = new Random(6);
        byte[] data = VectorInput.random(6, KIB * KIB);
        for (int i = 0; i < 60; i++) {
            int length = random.nextInt(1 << random.nextInt(21));
            int bound = 1 << (1 + random.nextInt(20));
            for (int at = 0; at < length; ) {
                int n = Math.min(length - at, random.nextInt(bound));
                hasher.update(data, at, n);
                at += n;
            }
            assertThat(hasher.finish()).as("%d bytes", length).isEqualTo(oracle(data, 0, length));
        }
    }

    /** A message of 4 TiB is too long to hash here, so the kernels are asked for chunks around that place. */
    @ParameterizedTest
    @ValueSource(longs = {0, 0xFFFF_FFF0L, 0xFFFF_FFFAL, 0x7FFF_FFFEL, 1L << 32, 0x1_2345_6789_ABCDL})
    void chunks_anywhereInALongMessage_areTheSameInEachKernel(long counter) {
        int[] key = Blake3Hasher.keyWords(KEY);
        byte[] data = VectorInput.random(7, 128 * KIB);
        for (int count : new int[] {2, 5, 8, 15, 16, 17, 33, 128}) {
            int[] expected = nodes(new ScalarKernel(), key, data, count * KIB - 100, counter, count);
            for (KernelChoice kernel : KernelChoice.values()) {
                assertThat(nodes(kernel.create(), key, data, count * KIB - 100, counter, count))
                        .as("%s, %d chunks", kernel, count)
                        .isEqualTo(expected);
            }
        }
    }

    /** All nodes of all levels. */
    private static int[] nodes(Blake3Kernel kernel, int[] key, byte[] data, int len, long counter, int chunks) {
        int[] nodes = new int[Blake3Kernel.NODES];
        int[] all = new int[8 * (2 * chunks + 8)];
        int to = 0;
        kernel.hashChunks(key, data, 0, len, counter, nodes);
        for (int count = chunks; ; count = kernel.joinPairs(key, nodes, count)) {
            for (int i = 0; i < count; i++) {
                for (int w = 0; w < 8; w++) {
                    all[to++] = nodes[w * Blake3Kernel.COLUMN + i];
                }
            }
            if (count == 1) {
                return Arrays.copyOf(all, to);
            }
        }
    }
}
