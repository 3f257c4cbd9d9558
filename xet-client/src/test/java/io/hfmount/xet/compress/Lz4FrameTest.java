package io.hfmount.xet.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.xet.vectors.VectorInput;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jpountz.lz4.LZ4FrameInputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream.BLOCKSIZE;
import net.jpountz.lz4.LZ4FrameOutputStream.FLG.Bits;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** The library's frame streams are the oracle, in both directions. */
class Lz4FrameTest {
    private static final int MAX = 131_072;

    /** Content from incompressible to constant. */
    @Provide
    Arbitrary<byte[]> content() {
        Arbitrary<Integer> length = Arbitraries.oneOf(
                Arbitraries.integers().between(1, 300),
                Arbitraries.integers().between(65_000, 66_000),
                Arbitraries.integers().between(1, MAX),
                Arbitraries.of(65_535, 65_536, 65_537, MAX));
        return Combinators.combine(length, Arbitraries.longs(), Arbitraries.of(0, 1, 2, 3))
                .as((n, seed, kind) -> switch (kind) {
                    case 0 -> VectorInput.random(seed, n);
                    case 1 -> VectorInput.text(seed, n);
                    case 2 -> VectorInput.float32(seed, n);
                    default -> new byte[n];
                });
    }

    @Property(tries = 200)
    void frame_written_isReadByTheLibrary(@ForAll("content") byte[] data) throws IOException {
        byte[] frame = write(data);
        assertThat(frame.length).isLessThanOrEqualTo(Lz4FrameWriter.bound(data.length));
        int expectedClass = data.length <= 65_536 ? 4 : 5;
        assertThat(frame[4]).isEqualTo((byte) 0x60);
        assertThat(frame[5]).isEqualTo((byte) (expectedClass << 4));
        assertThat(Arrays.copyOfRange(frame, frame.length - 4, frame.length)).containsOnly(0);
        try (LZ4FrameInputStream in = new LZ4FrameInputStream(new ByteArrayInputStream(frame))) {
            assertThat(in.readAllBytes()).isEqualTo(data);
        }
    }

    @Property(tries = 200)
    void frame_ofTheLibraryWithAnyOptions_isRead(
            @ForAll("content") byte[] data,
            @ForAll BLOCKSIZE blocks,
            @ForAll boolean blockChecksum,
            @ForAll boolean contentChecksum,
            @ForAll boolean size)
            throws Exception {
        byte[] frame = libraryFrame(data, blocks, blockChecksum, contentChecksum, size);
        byte[] out = new byte[data.length + 20];
        new Lz4FrameReader().read(frame, 0, frame.length, out, 10, data.length);
        assertThat(Arrays.copyOfRange(out, 10, 10 + data.length)).isEqualTo(data);
        assertThat(Arrays.copyOf(out, 10)).containsOnly(0);
        assertThat(Arrays.copyOfRange(out, 10 + data.length, out.length)).containsOnly(0);
    }

    @Property(tries = 200)
    void chunk_throughEveryScheme_comesBack(@ForAll("content") byte[] data, @ForAll Scheme scheme) throws Exception {
        Payload payload = new ChunkCompressor().compress(data, 0, data.length, scheme);
        assertThat(payload.length()).isLessThanOrEqualTo(data.length);
        assertThat(payload.scheme() == Scheme.NONE || payload.length() < data.length)
                .isTrue();
        byte[] out = new byte[data.length];
        new ChunkDecompressor()
                .decompress(payload.scheme(), payload.bytes(), payload.off(), payload.length(), out, 0, out.length);
        assertThat(out).isEqualTo(data);
    }

    @Property(tries = 3_000)
    void frame_damagedAnywhere_givesTheContentLengthOrTheFormatException(
            @ForAll @IntRange(min = 1, max = 3_000) int length,
            @ForAll long seed,
            @ForAll Scheme scheme,
            @ForAll boolean checksums) {
        Random random = new Random(seed);
        byte[] data = VectorInput.text(seed, length);
        byte[] frame = random.nextBoolean()
                ? libraryFrame(data, BLOCKSIZE.SIZE_64KB, checksums, checksums, random.nextBoolean())
                : write(data);
        byte[] damaged = damage(frame, random);
        // the unpacked length is not always the true one, as a header may lie
        byte[] out = new byte[random.nextBoolean() ? length : random.nextInt(4_000)];
        byte[] guarded = Arrays.copyOf(out, out.length + 64);
        Arrays.fill(guarded, out.length, guarded.length, (byte) 0x5A);
        try {
            new ChunkDecompressor().decompress(scheme, damaged, 0, damaged.length, guarded, 0, out.length);
        } catch (CompressionFormatException e) {
            assertThat(e).hasMessageMatching(".+");
        }
        for (int i = out.length; i < guarded.length; i++) {
            assertThat(guarded[i]).isEqualTo((byte) 0x5A);
        }
    }

    @Property(tries = 3_000)
    void linkedBlock_ofAnyBytes_staysInBounds(@ForAll byte[] block, @ForAll @IntRange(max = 300) int room) {
        byte[] out = new byte[20 + room + 20];
        Arrays.fill(out, 0, 20, (byte) 1);
        Arrays.fill(out, 20 + room, out.length, (byte) 2);
        try {
            assertThat(LinkedBlock.decode(block, 0, block.length, out, 10, 20, room))
                    .isBetween(0, room);
        } catch (CompressionFormatException e) {
            assertThat(e).hasMessageContaining("damaged");
        }
        assertThat(Arrays.copyOf(out, 20)).containsOnly(1);
        assertThat(Arrays.copyOfRange(out, 20 + room, out.length)).containsOnly(2);
    }

    @Example
    void frame_withLinkedBlocks_isRead() throws Exception {
        // "abcd" raw; then a match of 12 at distance 4 and five literals
        byte[] linked = linkedFrame(0x40);
        byte[] out = new byte[21];
        new Lz4FrameReader().read(linked, 0, linked.length, out, 0, 21);
        assertThat(new String(out, StandardCharsets.US_ASCII)).isEqualTo("abcdabcdabcdabcdVWXYZ");
        byte[] saidIndependent = linkedFrame(0x60);
        assertThatThrownBy(() -> new Lz4FrameReader().read(saidIndependent, 0, saidIndependent.length, out, 0, 21))
                .isInstanceOf(CompressionFormatException.class);
    }

    @Property(tries = 200)
    void linkedDecoder_onIndependentBlocks_agreesWithTheLibrary(@ForAll("content") byte[] data) throws Exception {
        byte[] block = new byte[Lz4FrameWriter.bound(data.length)];
        int n = Lz4Frame.LZ4.fastCompressor().compress(data, 0, data.length, block, 0, block.length);
        byte[] out = new byte[data.length];
        assertThat(LinkedBlock.decode(block, 0, n, out, 0, 0, out.length)).isEqualTo(data.length);
        assertThat(out).isEqualTo(data);
    }

    @Example
    void frame_withBytesBehindIt_isRefused() {
        byte[] data = VectorInput.text(1, 100);
        byte[] longer = Arrays.copyOf(write(data), write(data).length + 1);
        assertThatThrownBy(() -> new Lz4FrameReader().read(longer, 0, longer.length, new byte[100], 0, 100))
                .isInstanceOf(CompressionFormatException.class)
                .hasMessageContaining("follow");
    }

    private static byte[] linkedFrame(int flags) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] head = {0x04, 0x22, 0x4D, 0x18, (byte) flags, 0x40, 0};
        head[6] = Lz4Frame.headerChecksum(head, 4, 2);
        out.writeBytes(head);
        out.writeBytes(new byte[] {4, 0, 0, (byte) 0x80, 'a', 'b', 'c', 'd'});
        out.writeBytes(new byte[] {9, 0, 0, 0, 0x08, 4, 0, 0x50, 'V', 'W', 'X', 'Y', 'Z'});
        out.writeBytes(new byte[] {0, 0, 0, 0});
        return out.toByteArray();
    }

    private static byte[] write(byte[] data) {
        byte[] out = new byte[Lz4FrameWriter.bound(data.length)];
        int length = new Lz4FrameWriter().write(data, 0, data.length, out);
        return Arrays.copyOf(out, length);
    }

    private static byte[] libraryFrame(
            byte[] data, BLOCKSIZE blocks, boolean blockChecksum, boolean contentChecksum, boolean size) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        List<Bits> bits = new ArrayList<>(List.of(Bits.BLOCK_INDEPENDENCE));
        if (blockChecksum) {
            bits.add(Bits.BLOCK_CHECKSUM);
        }
        if (contentChecksum) {
            bits.add(Bits.CONTENT_CHECKSUM);
        }
        if (size) {
            bits.add(Bits.CONTENT_SIZE);
        }
        try (LZ4FrameOutputStream out =
                new LZ4FrameOutputStream(bytes, blocks, size ? data.length : -1, bits.toArray(Bits[]::new))) {
            out.write(data);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static byte[] damage(byte[] valid, Random random) {
        byte[] out = valid.clone();
        int flips = 1 + random.nextInt(4);
        for (int i = 0; i < flips; i++) {
            out[random.nextInt(out.length)] = (byte) random.nextInt();
        }
        return random.nextInt(4) == 0 ? Arrays.copyOf(out, random.nextInt(out.length + 10)) : out;
    }
}
