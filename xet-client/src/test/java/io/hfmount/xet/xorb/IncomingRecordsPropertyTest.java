package io.hfmount.xet.xorb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.ChunkRun;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.compress.Scheme;
import io.hfmount.xet.hash.XetHashes;
import io.hfmount.xet.testing.Allocations;
import io.hfmount.xet.vectors.VectorInput;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

/** {@link ChunkRecords}, which has its own vectors and properties, is what decoding in pieces is held to. */
class IncomingRecordsPropertyTest {
    private static SerializedXorb xorb(Random random) {
        XorbWriter writer = random.nextBoolean()
                ? XorbWriter.automatic(random.nextInt(4))
                : XorbWriter.fixed(Scheme.values()[random.nextInt(3)]);
        for (int i = 1 + random.nextInt(6); i > 0; i--) {
            int n = 1 + random.nextInt(random.nextInt(20) == 0 ? Chunker.MAX : 600);
            byte[] data = random.nextBoolean() ? VectorInput.random(random.nextLong(), n) : new byte[n];
            writer.startFile();
            writer.add(new Chunk(XetHashes.chunkHash(data), n), data, 0);
        }
        return writer.finish();
    }

    private static ChunkRun inPieces(int first, int chunks, byte[] stored, int length, int unpacked, Random random) {
        IncomingRecords records = new IncomingRecords(ContentHash.ONES, first, chunks, length, unpacked);
        int most = 1 + random.nextInt(random.nextBoolean() ? 12 : 300_000);
        for (int at = 0; at < stored.length; ) {
            int n = Math.min(stored.length - at, 1 + random.nextInt(most));
            ByteBuffer piece = random.nextBoolean()
                    ? ByteBuffer.wrap(stored, at, n)
                    : ByteBuffer.allocateDirect(n).put(stored, at, n).flip();
            records.accept(piece);
            assertThat(piece.hasRemaining()).isFalse();
            at += n;
        }
        return records.complete();
    }

    @Property(tries = 500)
    void records_inAnyPieces_giveTheSameChunks(@ForAll long seed) {
        Random random = new Random(seed);
        SerializedXorb xorb = xorb(random);
        XorbIndex index = xorb.index();
        int from = random.nextInt(index.count());
        int to = from + 1 + random.nextInt(index.count() - from);
        byte[] stored = Arrays.copyOfRange(xorb.bytes(), index.storedStart(from), index.storedStart(to));
        ChunkRun expected = ChunkRecords.decode(ContentHash.ONES, from, stored, to - from);

        ChunkRun run = inPieces(from, to - from, stored, stored.length, expected.data().length, random);

        assertThat(run.chunkStart()).isEqualTo(from);
        assertThat(run.ends()).isEqualTo(expected.ends());
        assertThat(run.data()).isEqualTo(expected.data());
    }

    @Property(tries = 3_000)
    void records_damagedOrCut_areRefusedOrMeanWhatWholeDecodingSays(@ForAll long seed) {
        Random random = new Random(seed);
        SerializedXorb xorb = xorb(random);
        int unpacked = xorb.index().unpackedStart(xorb.index().count());
        byte[] damaged = xorb.bytes().clone();
        for (int flips = random.nextInt(3); flips > 0; flips--) {
            damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
        }
        if (random.nextInt(4) == 0) {
            damaged = Arrays.copyOf(damaged, random.nextInt(damaged.length + 20));
        }
        int chunks = xorb.index().count() + (random.nextInt(8) == 0 ? 1 : 0);
        ChunkRun expected = decoded(damaged, chunks);
        ChunkRun run;
        try {
            run = inPieces(0, chunks, damaged, xorb.length(), unpacked, random);
        } catch (StorageException refused) {
            assertThat(refused.kind()).isEqualTo(StorageException.Kind.CORRUPT);
            assertThat(expected == null || expected.data().length != unpacked || damaged.length != xorb.length())
                    .as("refused although sound: %s", refused.getMessage())
                    .isTrue();
            return;
        }
        assertThat(expected).isNotNull();
        assertThat(run.data()).isEqualTo(expected.data());
        assertThat(run.ends()).isEqualTo(expected.ends());
    }

    /** Headers may promise what they like: memory goes by what came, and by the plan where it is known. */
    @Property(tries = 2_000)
    void promisesOfHeaders_takeNoMemoryByThemselves(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] stored = new byte[1 + random.nextInt(2_000)];
        random.nextBytes(stored);
        for (int at = 0; at + XorbLimits.RECORD_HEADER <= stored.length; at += XorbLimits.RECORD_HEADER + 1) {
            int promised = random.nextInt(8) == 0 ? random.nextInt(1 << 24) : 1 + random.nextInt(Chunker.MAX);
            Scheme scheme = Scheme.values()[random.nextInt(3)];
            new RecordHeader(1, scheme, Math.min(promised, Chunker.MAX)).write(stored, at);
        }
        int chunks = 1 + random.nextInt(XorbLimits.MAX_CHUNKS);
        int came = stored.length / (XorbLimits.RECORD_HEADER + 1);
        long taken = Allocations.during(() -> {
            decoded(stored, random.nextBoolean() ? chunks : Math.max(1, came));
            try {
                inPieces(0, chunks, stored, stored.length, 100_000, random);
            } catch (StorageException refused) {
                assertThat(refused.kind()).isEqualTo(StorageException.Kind.CORRUPT);
            }
        });
        assertThat(taken)
                .as("heap taken by %d bytes that promise %d chunks", stored.length, came)
                .isLessThan((4 << 20) + (long) Chunker.MAX * came);
    }

    private static @Nullable ChunkRun decoded(byte[] stored, int chunks) {
        try {
            return ChunkRecords.decode(ContentHash.ONES, 0, stored, chunks);
        } catch (StorageException refused) {
            return null;
        }
    }

    @Example
    void lengths_thatNoXorbHas_areRefusedBeforeMemoryIsTaken() {
        assertThatThrownBy(() -> new IncomingRecords(ContentHash.ONES, 0, 1, 9, XorbLimits.MAX_BYTES + 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new IncomingRecords(ContentHash.ONES, 0, XorbLimits.MAX_CHUNKS + 1, 9, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new IncomingRecords(ContentHash.ONES, -1, 1, 9, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
