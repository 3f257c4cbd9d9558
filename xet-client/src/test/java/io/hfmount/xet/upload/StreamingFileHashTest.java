package io.hfmount.xet.upload;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.merkle.MerkleTree;
import io.hfmount.xet.vectors.VectorLists;
import io.hfmount.xet.vectors.Vectors;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class StreamingFileHashTest {
    private static ContentHash stream(List<Chunk> chunks) {
        StreamingFileHash hash = new StreamingFileHash();
        chunks.forEach(hash::add);
        return hash.finish();
    }

    @Property(tries = 400)
    void anyList_hashesLikeTheWholeList(
            @ForAll @IntRange(min = 0, max = 400) int count,
            @ForAll @IntRange(min = 0, max = 3) int cuts,
            @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Chunk> chunks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long low = random.nextLong();
            low = switch (cuts) {
                case 0 -> low & ~3L;
                case 1 -> low | 1;
                default -> low;
            };
            chunks.add(new Chunk(
                    new ContentHash(random.nextLong(), random.nextLong(), random.nextLong(), low),
                    1 + random.nextInt(131_072)));
        }
        assertThat(stream(chunks)).isEqualTo(MerkleTree.fileHash(chunks));
    }

    @Test
    void vectors_areMet() {
        int checked = 0;
        for (JsonNode c : Vectors.cases("merkle.json")) {
            if (c.get("count") == null || c.get("hashes") == null) {
                continue;
            }
            int count = c.get("count").asInt();
            long[] sizes = VectorLists.sizes(c.get("sizes"), count);
            List<ContentHash> hashes = VectorLists.hashes(c.get("hashes"), count);
            List<Chunk> chunks = new ArrayList<>();
            boolean usable = true;
            for (int i = 0; i < count; i++) {
                usable &= sizes[i] >= 1 && sizes[i] <= 131_072;
                if (usable) {
                    chunks.add(new Chunk(hashes.get(i), (int) sizes[i]));
                }
            }
            if (usable) {
                assertThat(stream(chunks).text()).isEqualTo(c.get("file_hash").asString());
                checked++;
            }
        }
        assertThat(checked).isGreaterThan(10);
    }
}
