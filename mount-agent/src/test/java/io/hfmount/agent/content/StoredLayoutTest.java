package io.hfmount.agent.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.model.ContentHash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class StoredLayoutTest {
    private static final ContentHash FILE = ContentHash.ONES;
    private static final int PREFIX_AND_FILE = StoredLayout.PREFIX + ContentHash.BYTES;

    /** One chunk at a time, which is what a layout says, however it is cut into spans. */
    private record At(long start, long end, ContentHash xorb, int chunk) {
        static List<At> of(List<LayoutSpan> spans) {
            List<At> all = new ArrayList<>();
            for (LayoutSpan span : spans) {
                for (int i = 0; i < span.count(); i++) {
                    all.add(new At(span.startOf(i), span.endOf(i), span.xorb(), span.chunkStart() + i));
                }
            }
            return all;
        }
    }

    private static ContentHash hash(SplittableRandom random) {
        byte[] raw = new byte[ContentHash.BYTES];
        random.nextBytes(raw);
        return ContentHash.fromRaw(raw);
    }

    /** Spans with gaps, and spans that go on from each other. */
    private static List<LayoutSpan> spans(SplittableRandom random) {
        List<LayoutSpan> spans = new ArrayList<>();
        long position = random.nextInt(2) * (random.nextLong() >>> 3);
        ContentHash xorb = hash(random);
        int chunk = random.nextInt(1000);
        for (int i = random.nextInt(30); i > 0; i--) {
            switch (random.nextInt(4)) {
                case 0 -> position += random.nextInt(1, 1_000_000);
                case 1 -> xorb = hash(random);
                case 2 -> chunk += random.nextInt(1, 5);
                default -> {}
            }
            int[] ends = new int[random.nextInt(1, 6)];
            int end = 0;
            for (int j = 0; j < ends.length; j++) {
                end += random.nextInt(1, 131_073);
                ends[j] = end;
            }
            LayoutSpan span = new LayoutSpan(position, xorb, chunk, ends);
            spans.add(span);
            position = span.end();
            chunk += span.count();
        }
        return spans;
    }

    private static ByteBuffer copy(ByteBuffer stored) {
        return ByteBuffer.allocate(stored.remaining()).put(stored.duplicate()).flip();
    }

    @Property(tries = 300)
    void whatIsWritten_isReadBack_chunkByChunk(@ForAll long seed) throws IOException {
        List<LayoutSpan> spans = spans(new SplittableRandom(seed));
        long size = spans.isEmpty() ? 5 : spans.getLast().end();

        ByteBuffer stored = StoredLayout.write(FILE, size, spans);

        assertThat(StoredLayout.length(stored)).isEqualTo(stored.remaining());
        List<LayoutSpan> read = StoredLayout.read(copy(stored), FILE, size);
        assertThat(At.of(read)).isEqualTo(At.of(spans));
        assertThat(read).hasSizeLessThanOrEqualTo(spans.size());
    }

    @Test
    void spansThatGoOnFromEachOther_becomeOne() throws IOException {
        LayoutSpan first = new LayoutSpan(0, ContentHash.ZERO, 3, new int[] {10, 30});
        LayoutSpan second = new LayoutSpan(30, ContentHash.ZERO, 5, new int[] {5});
        LayoutSpan elsewhere = new LayoutSpan(35, ContentHash.ONES, 6, new int[] {5});

        List<LayoutSpan> read =
                StoredLayout.read(StoredLayout.write(FILE, 40, List.of(first, second, elsewhere)), FILE, 40);

        assertThat(read).hasSize(2);
        assertThat(read.getFirst().ends()).containsExactly(10, 30, 35);
        assertThat(read.getFirst().chunkStart()).isEqualTo(3);
        assertThat(read.getLast().xorb()).isEqualTo(ContentHash.ONES);
    }

    @Property(tries = 200)
    void anyDamagedByte_isNoticed(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<LayoutSpan> spans = spans(random);
        long size = spans.isEmpty() ? 5 : spans.getLast().end();
        ByteBuffer stored = StoredLayout.write(FILE, size, spans);
        int at = random.nextInt(stored.remaining());
        stored.put(at, (byte) (stored.get(at) ^ random.nextInt(1, 256)));

        assertThatThrownBy(() -> StoredLayout.read(stored, FILE, size)).isInstanceOf(IOException.class);
    }

    @Test
    void layoutOfAnotherFile_isRefused() {
        ByteBuffer stored =
                StoredLayout.write(FILE, 10, List.of(new LayoutSpan(0, ContentHash.ZERO, 0, new int[] {10})));

        assertThatThrownBy(() -> StoredLayout.read(stored, ContentHash.ZERO, 10))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("another file");
        assertThatThrownBy(() -> StoredLayout.read(stored, FILE, 11))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("another file");
    }

    /** With a right checksum: nothing but the bounds stands between these bytes and a reader. */
    @Property(tries = 1000)
    void forgedFields_giveAnError_orSpansInsideTheFile(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<LayoutSpan> spans = spans(random);
        long size = spans.isEmpty() ? 5 : spans.getLast().end();
        ByteBuffer stored = StoredLayout.write(FILE, size, spans);
        int end = stored.remaining() - 4;
        for (int i = random.nextInt(1, 4); i > 0; i--) {
            int at = random.nextInt(PREFIX_AND_FILE, end - 3);
            stored.putInt(at, random.nextBoolean() ? random.nextInt() : random.nextInt(-2, 5));
        }
        CRC32C crc = new CRC32C();
        crc.update(stored.slice(0, end));
        stored.putInt(end, (int) crc.getValue());

        List<LayoutSpan> read;
        try {
            read = StoredLayout.read(stored, FILE, size);
        } catch (IOException refused) {
            return;
        }
        long position = 0;
        for (At chunk : At.of(read)) {
            assertThat(chunk.start()).isGreaterThanOrEqualTo(position);
            assertThat(chunk.end()).isGreaterThan(chunk.start()).isLessThanOrEqualTo(size);
            assertThat(chunk.chunk()).isNotNegative();
            position = chunk.end();
        }
    }

    @Test
    void layoutThatIsTooLong_isNotWritten() {
        int[] ends = new int[StoredLayout.MAX_BYTES / 4];
        for (int i = 0; i < ends.length; i++) {
            ends[i] = i + 1;
        }
        List<LayoutSpan> spans = List.of(new LayoutSpan(0, ContentHash.ZERO, 0, ends));

        assertThat(StoredLayout.write(FILE, ends.length, spans)).isNull();
    }

    @Test
    void names_areToldFromOthers() {
        assertThat(StoredLayout.isName(StoredLayout.name(FILE, Long.MAX_VALUE))).isTrue();
        assertThat(StoredLayout.isName(FILE.text())).isFalse();
        assertThat(StoredLayout.isName("../" + StoredLayout.name(FILE, 1))).isFalse();
    }
}
