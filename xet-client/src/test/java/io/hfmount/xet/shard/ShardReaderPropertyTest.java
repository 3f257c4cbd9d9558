package io.hfmount.xet.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.model.ContentHash;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class ShardReaderPropertyTest {
    private static ContentHash hash(Random random) {
        return new ContentHash(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong());
    }

    private static List<XorbEntry> xorbs(Random random) {
        List<XorbEntry> xorbs = new ArrayList<>();
        for (int x = random.nextInt(4); x > 0; x--) {
            List<XorbEntry.ChunkEntry> chunks = new ArrayList<>();
            int end = 0;
            for (int c = 1 + random.nextInt(6); c > 0; c--) {
                int length = 1 + random.nextInt(131_072);
                chunks.add(new XorbEntry.ChunkEntry(hash(random), end, length, random.nextBoolean()));
                end += length;
            }
            xorbs.add(new XorbEntry(hash(random), chunks, random.nextInt() & 0xFFFF_FFFFL));
        }
        xorbs.sort(Comparator.comparing(XorbEntry::hash));
        return xorbs;
    }

    private static List<FileEntry> files(Random random) {
        boolean verified = random.nextBoolean();
        List<FileEntry> files = new ArrayList<>();
        for (int f = random.nextInt(4); f > 0; f--) {
            List<Segment> segments = new ArrayList<>();
            List<ContentHash> verification = new ArrayList<>();
            for (int s = random.nextInt(5); s > 0; s--) {
                int start = random.nextInt(8_191);
                segments.add(new Segment(
                        hash(random), 1 + random.nextInt(64 << 20), start, start + 1 + random.nextInt(8_192 - start)));
                verification.add(hash(random));
            }
            files.add(new FileEntry(
                    hash(random),
                    segments,
                    verified ? verification : List.of(),
                    random.nextBoolean() ? hash(random) : null));
        }
        files.sort(Comparator.comparing(FileEntry::hash));
        return files;
    }

    @Property(tries = 500)
    void shard_writtenAndRead_comesBack(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        List<FileEntry> files = files(random);
        List<XorbEntry> xorbs = xorbs(random);
        assertThat(ShardReader.readUpload(ShardWriter.upload(files, xorbs))).isEqualTo(new Shard(files, xorbs, null));
        Shard full = ShardReader.read(ShardWriter.full(files, xorbs, 5, 9));
        assertThat(full.files()).isEqualTo(files);
        assertThat(full.xorbs()).isEqualTo(xorbs);
        assertThat(full.footer()).isNotNull();
        Shard answer = ShardReader.read(ShardWriter.dedupAnswer(xorbs, 5, 9));
        assertThat(answer.files()).isEmpty();
        assertThat(answer.xorbs()).isEqualTo(xorbs);
    }

    @Property(tries = 4_000)
    void shard_damagedAnywhere_isReadOrRefusedInOneWay(@ForAll long seed) {
        Random random = new Random(seed);
        List<FileEntry> files = files(random);
        List<XorbEntry> xorbs = xorbs(random);
        byte[] valid = switch (random.nextInt(3)) {
            case 0 -> ShardWriter.upload(files, xorbs);
            case 1 -> ShardWriter.full(files, xorbs, 5, 9);
            default -> ShardWriter.keyedDedupAnswer(xorbs, ContentHash.ONES, 5, 9);
        };
        byte[] damaged = damage(valid, random);
        try {
            Shard shard = ShardReader.read(damaged);
            // whatever was accepted is within the format and can be indexed and written
            assertThat(ShardWriter.uploadLength(shard.files(), shard.xorbs())).isLessThanOrEqualTo(damaged.length);
            assertThat(new ShardDedupIndex(shard).find(List.of(ContentHash.ONES)))
                    .isNull();
            ShardReader.readUpload(damaged);
        } catch (ShardFormatException e) {
            assertThat(e).hasMessageMatching("(?s).+");
        }
    }

    @Property(tries = 1_000)
    void bytes_atRandomBehindAHeader_areReadOrRefusedInOneWay(@ForAll byte[] bytes) {
        byte[] shard = Arrays.copyOf(ShardWriter.upload(List.of(), List.of()), 48 + bytes.length);
        System.arraycopy(bytes, 0, shard, 48, bytes.length);
        assertThatThrownBy(() -> ShardReader.read(bytes)).isInstanceOf(ShardFormatException.class);
        try {
            assertThat(ShardReader.read(shard).files().size()).isLessThanOrEqualTo(bytes.length / 48);
        } catch (ShardFormatException e) {
            assertThat(e).hasMessageMatching("(?s).+");
        }
    }

    @Example
    void count_beyondTheBytesLeft_isRefusedBeforeAllocation() {
        byte[] shard = new byte[48 + 48 + 48];
        System.arraycopy(ShardWriter.upload(List.of(), List.of()), 0, shard, 0, 48);
        // a file of 2^31-1 and of 2^32-1 segments
        shard[48 + 36] = (byte) 0xFF;
        shard[48 + 37] = (byte) 0xFF;
        shard[48 + 38] = (byte) 0xFF;
        for (int top : new int[] {0x7F, 0xFF}) {
            shard[48 + 39] = (byte) top;
            assertThatThrownBy(() -> ShardReader.readUpload(shard))
                    .isInstanceOf(ShardFormatException.class)
                    .hasMessageContaining("more than fit");
        }
    }

    private static byte[] damage(byte[] valid, Random random) {
        byte[] out = valid.clone();
        for (int i = random.nextInt(4); i > 0; i--) {
            // numbers stand behind the hash of each record
            int record = random.nextInt(out.length / 48);
            int at = random.nextBoolean() ? random.nextInt(out.length) : 48 * record + 32 + random.nextInt(16);
            out[at] = random.nextBoolean() ? (byte) random.nextInt() : (byte) (out[at] + 1);
        }
        return random.nextInt(4) == 0 ? Arrays.copyOf(out, random.nextInt(out.length + 100)) : out;
    }
}
