package io.hfmount.xet.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.hash.XetHashes;
import io.hfmount.xet.vectors.VectorInput;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChunkListTest {
    private static List<Chunk> chunks(int count) {
        List<Chunk> chunks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] content = VectorInput.random(i, 1 + 37 * i);
            chunks.add(new Chunk(XetHashes.chunkHash(content), content.length));
        }
        return chunks;
    }

    @Test
    void copy_equalsItsSource_andKeepsApartFromIt() {
        List<Chunk> source = chunks(100);
        List<Chunk> expected = List.copyOf(source);

        ChunkList copy = ChunkList.copyOf(source);
        source.clear();

        assertThat(copy).isEqualTo(expected).hasSize(100);
        assertThat(copy.get(99)).isEqualTo(expected.get(99));
        assertThat(ChunkList.copyOf(copy)).isSameAs(copy);
        assertThat(ChunkList.copyOf(List.of())).isEmpty();
    }

    @Test
    void chunk_isAnother_byAnyBitOfItsHashOrLength() {
        Chunk chunk = new Chunk(new ContentHash(1, 2, 3, 4), 5);
        ChunkList list = ChunkList.copyOf(List.of(new Chunk(new ContentHash(9, 9, 9, 9), 9), chunk));
        assertThat(list.is(1, chunk)).isTrue();
        assertThat(list.is(0, chunk)).isFalse();
        for (int bit = 0; bit < Long.SIZE; bit++) {
            long flip = 1L << bit;
            assertThat(list.is(1, new Chunk(new ContentHash(1 ^ flip, 2, 3, 4), 5)))
                    .isFalse();
            assertThat(list.is(1, new Chunk(new ContentHash(1, 2 ^ flip, 3, 4), 5)))
                    .isFalse();
            assertThat(list.is(1, new Chunk(new ContentHash(1, 2, 3 ^ flip, 4), 5)))
                    .isFalse();
            assertThat(list.is(1, new Chunk(new ContentHash(1, 2, 3, 4 ^ flip), 5)))
                    .isFalse();
        }
        assertThat(list.is(1, new Chunk(chunk.hash(), 6))).isFalse();
    }

    @Test
    void list_cannotBeChanged_andKnowsItsBounds() {
        ChunkList list = ChunkList.copyOf(chunks(3));
        Chunk chunk = list.get(0);

        assertThatThrownBy(() -> list.get(3)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> list.get(-1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> list.add(chunk)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> list.set(0, chunk)).isInstanceOf(UnsupportedOperationException.class);
    }
}
