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
import io.hfmount.xet.vectors.VectorInput;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class XorbParserPropertyTest {
    /** A small xorb of mixed content with the unpacked bytes it must give. */
    private record Sample(SerializedXorb xorb, byte[] content) {}

    private static Sample sample(Random random) {
        XorbWriter writer = random.nextBoolean()
                ? XorbWriter.automatic(random.nextInt(4))
                : XorbWriter.fixed(Scheme.values()[random.nextInt(3)]);
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        int count = 1 + random.nextInt(6);
        for (int i = 0; i < count; i++) {
            int n = 1 + random.nextInt(random.nextInt(20) == 0 ? Chunker.MAX : 600);
            byte[] data = switch (random.nextInt(4)) {
                case 0 -> VectorInput.random(random.nextLong(), n);
                case 1 -> VectorInput.text(random.nextLong(), n);
                case 2 -> VectorInput.float32(random.nextLong(), n);
                default -> new byte[n];
            };
            if (random.nextBoolean()) {
                writer.startFile();
            }
            writer.add(new Chunk(XetHashes.chunkHash(data), n), data, 0);
            content.writeBytes(data);
        }
        return new Sample(writer.finish(), content.toByteArray());
    }

    private static byte[] form(SerializedXorb xorb, Random random) {
        return switch (random.nextInt(3)) {
            case 0 -> xorb.bytes();
            case 1 -> xorb.bytesWithFooter();
            default -> {
                byte[] footer = XorbFooter.version0(xorb.index());
                byte[] whole = Arrays.copyOf(xorb.bytes(), xorb.length() + footer.length);
                System.arraycopy(footer, 0, whole, xorb.length(), footer.length);
                yield whole;
            }
        };
    }

    @Property(tries = 300)
    void xorb_writtenAndParsed_comesBackInEveryForm(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        Sample sample = sample(random);
        XorbIndex index = sample.xorb().index();
        assertThat(XorbParser.validate(index.hash(), form(sample.xorb(), random)))
                .isEqualTo(index);
        int from = random.nextInt(index.count());
        int to = from + 1 + random.nextInt(index.count() - from);
        byte[] stored = Arrays.copyOfRange(sample.xorb().bytes(), index.storedStart(from), index.storedStart(to));
        ChunkRun run = ChunkRecords.decode(index.hash(), from, stored, to - from);
        assertThat(run.data())
                .isEqualTo(Arrays.copyOfRange(sample.content(), index.unpackedStart(from), index.unpackedStart(to)));
        for (int i = from; i < to; i++) {
            assertThat(run.endOf(i) - run.startOf(i)).isEqualTo(index.chunkLength(i));
        }
    }

    /** Whole or damaged: how the bytes arrive changes neither the index nor the refusal. */
    @Property(tries = 500)
    void xorb_inPiecesOfAnyLength_isJudgedAlike(@ForAll long seed) {
        Random random = new Random(seed);
        Sample sample = sample(random);
        byte[] bytes = form(sample.xorb(), random);
        if (random.nextBoolean()) {
            bytes = damage(bytes, random);
        }
        ContentHash hash = sample.xorb().index().hash();
        int longest = random.nextBoolean() ? 12 : 100_000;

        assertThat(inPieces(hash, bytes, longest, random)).isEqualTo(inPieces(hash, bytes, Integer.MAX_VALUE, random));
    }

    /** The index, or the refusal. */
    private static Object inPieces(ContentHash hash, byte[] bytes, int longest, Random random) {
        XorbValidation validation = new XorbValidation(hash);
        try {
            for (int at = 0; at < bytes.length; ) {
                int n = Math.min(bytes.length - at, longest == Integer.MAX_VALUE ? longest : random.nextInt(longest));
                byte[] piece = Arrays.copyOfRange(bytes, at, at + n);
                validation.take(piece, 0, n);
                Arrays.fill(piece, (byte) -1); // nothing may be read later
                at += n;
            }
            return validation.finish();
        } catch (XorbFormatException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** A damaged xorb is refused, or still holds the very same chunks. */
    @Property(tries = 3_000)
    void xorb_damagedAnywhere_isRefusedOrMeansTheSame(@ForAll long seed) {
        Random random = new Random(seed);
        Sample sample = sample(random);
        byte[] damaged = damage(form(sample.xorb(), random), random);
        XorbIndex index = sample.xorb().index();
        try {
            XorbIndex parsed = XorbParser.validate(index.hash(), damaged);
            assertThat(parsed.count()).isEqualTo(index.count());
            for (int i = 0; i < index.count(); i++) {
                assertThat(parsed.chunks().get(i).hash())
                        .isEqualTo(index.chunks().get(i).hash());
                assertThat(parsed.chunkLength(i)).isEqualTo(index.chunkLength(i));
            }
        } catch (XorbFormatException e) {
            assertThat(e).hasMessageMatching("(?s).+");
        }
    }

    @Property(tries = 3_000)
    void records_damagedAnywhere_giveTheAskedChunksOrCorrupt(@ForAll long seed) {
        Random random = new Random(seed);
        Sample sample = sample(random);
        byte[] damaged = damage(sample.xorb().bytes(), random);
        int asked = random.nextInt(10) == 0
                ? 1 + random.nextInt(XorbLimits.MAX_CHUNKS)
                : sample.xorb().index().count();
        try {
            ChunkRun run = ChunkRecords.decode(ContentHash.ZERO, 3, damaged, asked);
            assertThat(run.count()).isEqualTo(asked);
            assertThat(run.ends()[asked - 1]).isEqualTo(run.data().length);
        } catch (StorageException e) {
            assertThat(e.kind()).isEqualTo(StorageException.Kind.CORRUPT);
        }
    }

    @Property(tries = 2_000)
    void bytes_atRandom_areRefused(@ForAll byte[] bytes, @ForAll @IntRange(min = 1, max = 5) int count) {
        assertThatThrownBy(() -> XorbParser.validate(ContentHash.ONES, bytes)).isInstanceOf(XorbFormatException.class);
        assertThatThrownBy(() -> XorbParser.validate(ContentHash.ONES, plausible(bytes)))
                .isInstanceOf(XorbFormatException.class);
        try {
            ChunkRecords.decode(ContentHash.ZERO, 0, plausible(bytes), count);
        } catch (StorageException e) {
            assertThat(e.kind()).isEqualTo(StorageException.Kind.CORRUPT);
        }
    }

    @Example
    void xorb_ofTooManyChunks_isRefused() {
        byte[] records = new byte[9 * (XorbLimits.MAX_CHUNKS + 1)];
        for (int i = 0; i < records.length; i += 9) {
            new RecordHeader(1, Scheme.NONE, 1).write(records, i);
        }
        assertThatThrownBy(() -> XorbParser.validate(ContentHash.ONES, records))
                .isInstanceOf(XorbFormatException.class)
                .hasMessageContaining("8192 chunks");
    }

    @Example
    void xorb_ofTooManyBytes_isRefused() {
        XorbWriter writer = XorbWriter.fixed(Scheme.LZ4);
        byte[] zeros = new byte[Chunker.MAX];
        Chunk chunk = new Chunk(XetHashes.chunkHash(zeros), zeros.length);
        while (writer.fits(zeros.length)) {
            writer.add(chunk, zeros, 0);
        }
        assertThat(writer.count()).isEqualTo(512);
        assertThat(writer.unpackedBytes()).isEqualTo(XorbLimits.MAX_BYTES);
        assertThatThrownBy(() -> writer.add(chunk, zeros, 0)).isInstanceOf(IllegalStateException.class);
        byte[] full = writer.finish().bytes();
        byte[] more = Arrays.copyOf(full, full.length + 9);
        new RecordHeader(1, Scheme.NONE, 1).write(more, full.length);
        assertThatThrownBy(() -> XorbParser.validate(ContentHash.ONES, more))
                .isInstanceOf(XorbFormatException.class)
                .hasMessageContaining("unpacked bytes");
        assertThatThrownBy(() -> ChunkRecords.decode(ContentHash.ZERO, 0, more, 513))
                .isInstanceOf(StorageException.class);
    }

    @Example
    void writer_withoutChunks_refusesToFinish() {
        assertThatThrownBy(() -> XorbWriter.automatic().finish()).isInstanceOf(IllegalStateException.class);
    }

    /** Random bytes behind a header that lets the parser get to them. */
    private static byte[] plausible(byte[] bytes) {
        byte[] out = Arrays.copyOf(new byte[8], 8 + bytes.length);
        System.arraycopy(bytes, 0, out, 8, bytes.length);
        new RecordHeader(Math.max(1, bytes.length), Scheme.values()[bytes.length % 3], 100).write(out, 0);
        return out;
    }

    private static byte[] damage(byte[] valid, Random random) {
        byte[] out = valid.clone();
        int flips = random.nextInt(4);
        for (int i = 0; i < flips; i++) {
            int at = random.nextBoolean() ? random.nextInt(out.length) : random.nextInt(Math.min(out.length, 24));
            out[at] = random.nextBoolean() ? (byte) random.nextInt() : (byte) (out[at] + 1);
        }
        return switch (random.nextInt(4)) {
            case 0 -> Arrays.copyOf(out, random.nextInt(out.length + 10));
            case 1 -> {
                int cut = random.nextInt(out.length);
                byte[] shorter = Arrays.copyOf(out, out.length - 1);
                System.arraycopy(out, cut + 1, shorter, cut, out.length - cut - 1);
                yield shorter;
            }
            default -> out;
        };
    }
}
