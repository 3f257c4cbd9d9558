package io.hfmount.xet.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.hash.XetHashes;
import io.hfmount.xet.merkle.MerkleTree;
import io.hfmount.xet.shard.FileEntry;
import io.hfmount.xet.shard.Segment;
import io.hfmount.xet.testing.Allocations;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Logs with anything in them, also with right checksums over wrong numbers: the index opens, says only what keeps the
 * rules of its types, goes on learning, and takes memory in proportion to the log.
 */
class HostileIndexTest {
    private static final int XORBS = 4;

    /** Heap per byte of the log: a chunk of 36 bytes becomes two objects, and lists are joined and copied. */
    private static final int HEAP_A_BYTE = 64;

    private static final long HEAP_AT_ALL = 4 << 20;

    private static Path folder;

    @BeforeContainer
    static void makeFolder() throws IOException {
        folder = Files.createTempDirectory("hostile-index");
    }

    @AfterContainer
    static void removeFolder() throws IOException {
        clear();
        Files.delete(folder);
    }

    private static void clear() throws IOException {
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    private static ContentHash key(int i) {
        return new ContentHash(i, 7, 7, 7);
    }

    private static List<Chunk> chunks(Random random, int count) {
        List<Chunk> chunks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] data = new byte[1 + random.nextInt(64)];
            random.nextBytes(data);
            chunks.add(new Chunk(XetHashes.chunkHash(data), data.length));
        }
        return chunks;
    }

    private static byte[] record(Random random) {
        ContentHash key = key(random.nextInt(XORBS));
        return switch (random.nextInt(6)) {
            case 0, 1, 2 -> IndexRecord.chunks(key, random.nextInt(20), chunks(random, 1 + random.nextInt(30)));
            case 3 -> IndexRecord.forget(random.nextBoolean() ? IndexRecord.FORGET_FILE : IndexRecord.FORGET_XORB, key);
            default -> {
                List<Segment> segments = new ArrayList<>();
                List<ContentHash> verification = new ArrayList<>();
                for (int i = random.nextInt(5); i >= 0; i--) {
                    int start = random.nextInt(20);
                    segments.add(new Segment(
                            key(random.nextInt(XORBS)),
                            1 + random.nextInt(5_000),
                            start,
                            start + 1 + random.nextInt(9)));
                    verification.add(key(i));
                }
                yield IndexRecord.file(
                        new FileEntry(key, segments, random.nextBoolean() ? verification : List.of(), null));
            }
        };
    }

    /** Wrong numbers under right checksums. */
    private static byte[] forged(byte[] record, Random random) {
        ByteBuffer out = ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN);
        int[] hostile = {-1, 0, 1, Integer.MAX_VALUE, Integer.MIN_VALUE, 8_192, 8_193, 32 << 20, random.nextInt()};
        for (int i = random.nextInt(3); i >= 0; i--) {
            int value = hostile[random.nextInt(hostile.length)];
            if (random.nextBoolean()) {
                out.putInt(4 + 4 * random.nextInt(12), value); // header: kind, key, numbers, length
            } else if (record.length >= IndexRecord.HEADER + 4) {
                out.putInt(IndexRecord.HEADER + random.nextInt(record.length - IndexRecord.HEADER - 3), value);
            }
        }
        out.putInt(52, crc(record, IndexRecord.HEADER, record.length - IndexRecord.HEADER));
        out.putInt(IndexRecord.HEADER - 4, crc(record, 0, IndexRecord.HEADER - 4));
        return record;
    }

    private static int crc(byte[] bytes, int off, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, off, length);
        return (int) crc.getValue();
    }

    private static byte[] log(Random random) {
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        for (int i = random.nextInt(30); i >= 0; i--) {
            byte[] record = record(random);
            switch (random.nextInt(6)) {
                case 0, 1 -> log.writeBytes(forged(record, random));
                case 2 -> {
                    record[random.nextInt(record.length)] ^= (byte) (1 << random.nextInt(8));
                    log.writeBytes(record);
                }
                case 3 -> log.write(record, 0, random.nextInt(record.length));
                default -> log.writeBytes(record);
            }
        }
        byte[] bytes = log.toByteArray();
        return random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length + 100)) : bytes;
    }

    @Property(tries = 500, shrinking = ShrinkingMode.OFF)
    void anyLog_isOpenedAndBelievedOnlyAsFarAsItKeepsTheRules(@ForAll long seed) throws IOException {
        Random random = new Random(seed);
        clear();
        byte[] log = random.nextInt(10) == 0 ? noise(random) : log(random);
        Files.write(IndexLog.path(folder, random.nextInt(5)), log);
        long taken = Allocations.during(() -> use(random));
        assertThat(taken)
                .as("heap taken by a log of %d bytes", log.length)
                .isLessThan(HEAP_AT_ALL + (long) HEAP_A_BYTE * log.length);
    }

    private static byte[] noise(Random random) {
        byte[] bytes = new byte[random.nextInt(200_000)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static void use(Random random) {
        try (DiskChunkIndex index = DiskChunkIndex.open(folder, DiskChunkIndex.MIN_BYTES)) {
            for (int i = 0; i < XORBS; i++) {
                KnownXorb known = index.xorb(key(i));
                for (KnownXorb.Run run : known.runs()) {
                    assertThat(run.end()).isLessThanOrEqualTo(8_192);
                    assertThat(run.chunks()).allMatch(c -> c.length() >= 1 && c.length() <= Chunker.MAX);
                    assertThat(index.covers(key(i), run.start(), run.start() + 1))
                            .isTrue();
                }
                FileEntry file = index.file(key(i));
                if (file != null) {
                    assertThat(file.hash()).isEqualTo(key(i));
                    assertThat(file.size()).isNotNegative();
                    assertThat(index.wholeFile(key(i), file.size() + 1)).isNull();
                }
            }
            List<Chunk> learnt = chunks(random, 3);
            ContentHash xorb = MerkleTree.xorbHash(learnt);
            index.addChunks(xorb, 0, learnt);
            assertThat(index.xorb(xorb).isComplete()).as("it goes on learning").isTrue();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
