package io.hfmount.xet.hash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.vectors.VectorInput;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares with an independent implementation. */
class Blake3HasherTest {
    private static final byte[] KEY = VectorInput.random(77, 32);

    static IntStream sizes() {
        return IntStream.of(
                0, 1, 63, 64, 65, 127, 128, 1023, 1024, 1025, 2047, 2048, 2049, 3072, 3073, 4096, 8191, 8192, 8193,
                9217, 65_536, 131_072, 131_073, 300_000);
    }

    private static ContentHash oracle(byte[] data, int off, int len) {
        return ContentHash.fromRaw(org.apache.commons.codec.digest.Blake3.initKeyedHash(KEY)
                .update(data, off, len)
                .doFinalize(32));
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void hash_ofEachTreeShape_matchesTheOracle(int size) {
        byte[] data = VectorInput.random(size, size + 5);
        assertThat(Blake3.keyed(KEY, data, 5, size)).isEqualTo(oracle(data, 5, size));
    }

    @Property(tries = 300)
    void hash_ofAnyLength_matchesTheOracleAndReusesTheHasher(@ForAll @IntRange(max = 20_000) int size) {
        Blake3Hasher hasher = new Blake3Hasher(KEY);
        byte[] data = VectorInput.random(size, size);
        ContentHash expected = oracle(data, 0, size);
        assertThat(hasher.hash(data, 0, size)).isEqualTo(expected);
        assertThat(hasher.hash(data, 0, size)).isEqualTo(expected);
    }

    @Property(tries = 300)
    void update_inPiecesOfAnySize_equalsOneCall(@ForAll @IntRange(max = 40_000) int size, @ForAll long seed) {
        Random random = new Random(seed);
        byte[] data = VectorInput.random(size, size);
        Blake3Hasher hasher = new Blake3Hasher(KEY);
        int bound = 1 << (1 + random.nextInt(14));
        for (int at = 0; at < size; ) {
            int n = Math.min(size - at, random.nextInt(bound));
            hasher.update(data, at, n);
            at += n;
        }
        assertThat(hasher.finish()).isEqualTo(oracle(data, 0, size));
        assertThat(hasher.finish()).isEqualTo(oracle(data, 0, 0));
    }

    @Test
    void key_ofWrongLength_isRefused() {
        assertThatThrownBy(() -> Blake3.keyed(new byte[31], new byte[0], 0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("32 bytes");
    }

    @Test
    void range_outsideTheArray_isRefused() {
        Blake3Hasher hasher = new Blake3Hasher(KEY);
        assertThatThrownBy(() -> hasher.hash(new byte[10], 5, 6)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
