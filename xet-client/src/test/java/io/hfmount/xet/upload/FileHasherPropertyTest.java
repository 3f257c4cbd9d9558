package io.hfmount.xet.upload;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.merkle.MerkleTree;
import io.hfmount.xet.vectors.VectorInput;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class FileHasherPropertyTest {
    @Property(tries = 80)
    void bytesInAnyPieces_giveTheHashOfTheWhole(@ForAll long seed) {
        Random random = new Random(seed);
        int[] lengths = {0, 1, 8191, 8192, 131_072, 131_073, 2_000_000};
        int length = random.nextBoolean() ? lengths[random.nextInt(lengths.length)] : random.nextInt(900_000);
        byte[] content = random.nextInt(4) == 0 ? new byte[length] : VectorInput.random(seed, length);
        FileHasher hasher = new FileHasher();
        int most = 1 + random.nextInt(400_000);
        for (int at = 0; at < length; ) {
            int n = Math.min(length - at, 1 + random.nextInt(most));
            hasher.update(content, at, n);
            at += n;
        }
        ContentHash expected = length == 0 ? ContentHash.ZERO : MerkleTree.fileHash(Chunker.chunksOf(content));
        assertThat(hasher.finish()).isEqualTo(expected);
    }
}
