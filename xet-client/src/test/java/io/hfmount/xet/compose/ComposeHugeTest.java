package io.hfmount.xet.compose;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.ChunkRun;
import io.hfmount.xet.Edit;
import io.hfmount.xet.LocalBase;
import io.hfmount.xet.Reconstruction;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.hash.XetHashes;
import io.hfmount.xet.merkle.MerkleTree;
import io.hfmount.xet.shard.FileEntry;
import io.hfmount.xet.shard.Segment;
import io.hfmount.xet.testing.ArraySource;
import io.hfmount.xet.upload.UploadSettings;
import io.hfmount.xet.vectors.VectorInput;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Files beyond 2 and 4 GiB, where an offset fits no {@code int}: one xorb, whose last chunk ends at a cut, again and again.
 */
class ComposeHugeTest {
    private static final int COPIES = 300;
    private static final long TWO_GIB = 1L << 31;
    private static final long FOUR_GIB = 1L << 32;

    @TempDir
    private Path folder;

    private final Composing composing = new Composing(UploadSettings.defaults().withDedup(false, 0));
    private byte[] unit;
    private UploadedContent base;

    @BeforeEach
    void register() {
        byte[] random = VectorInput.random(1, 16 << 20);
        List<Chunk> chunks = Chunker.chunksOf(random);
        chunks = chunks.subList(0, chunks.size() - 1);
        unit = Arrays.copyOf(random, chunks.stream().mapToInt(Chunk::length).sum());
        UploadedContent once = composing.upload(unit);
        // Segments as short uploads make them: their edges lie inside the unit too.
        List<Segment> segments = composing.storage.file(once.hash()).segments();
        List<ContentHash> verification = new ArrayList<>();
        for (Segment segment : segments) {
            verification.add(XetHashes.rangeHash(chunks.subList(segment.chunkStart(), segment.chunkEnd()).stream()
                    .map(Chunk::hash)
                    .toList()));
        }
        ContentHash hash = MerkleTree.fileHash(repeat(chunks));
        composing.storage.replace(new FileEntry(hash, repeat(segments), repeat(verification), null));
        long size = (long) unit.length * COPIES;
        assertThat(size).isGreaterThan(FOUR_GIB + (64 << 20));
        base = new UploadedContent(hash, size, 0, size);
    }

    @AfterEach
    void close() {
        composing.close();
    }

    private static <T> List<T> repeat(List<T> once) {
        return Collections.nCopies(COPIES, once).stream().flatMap(List::stream).toList();
    }

    private byte[] original(long from, long to) {
        byte[] bytes = new byte[(int) (to - from)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = unit[(int) ((from + i) % unit.length)];
        }
        return bytes;
    }

    private byte[] read(ContentHash file, long from, long to) {
        Reconstruction plan =
                composing.store.reconstruct(file, new ByteRange(from, to)).block(Composing.WAIT);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (Reconstruction.Term term : plan.terms()) {
            ChunkRun run = composing.store.fetch(plan.fetchFor(term), plan).block(Composing.WAIT);
            int start = run.startOf(term.chunkStart());
            out.write(run.data(), start, run.endOf(term.chunkEnd() - 1) - start);
        }
        int offset = (int) plan.offsetIntoFirstTerm();
        return Arrays.copyOfRange(out.toByteArray(), offset, offset + (int) (to - from));
    }

    private UploadedContent compose(List<Edit> edits) {
        UploadSession session = composing.store.newUploadSession();
        UploadedContent composed = session.compose(base.hash(), base.size(), edits, LocalBase.none())
                .block(Composing.WAIT);
        session.finish().block(Composing.WAIT);
        assertThat(composing.storage.file(composed.hash()).size()).isEqualTo(composed.size());
        return composed;
    }

    private static Edit edit(long start, long end, byte[] data) {
        return new Edit(start, end, ArraySource.of(data));
    }

    @ParameterizedTest
    @CsvSource({"true,true", "true,false", "false,true"})
    void editsAroundTheBordersOfInt_landWhereTheyBelong(boolean aligned, boolean known) {
        composing.storage.withAlignedWindows(aligned);
        if (known) {
            composing.restart(folder);
            composing.upload(unit);
            composing.index.addFile(composing.storage.file(base.hash()));
        }
        byte[] replaced = VectorInput.random(2, 3_000);
        byte[] inserted = VectorInput.random(3, 200_000);
        byte[] appended = VectorInput.random(4, 70_000);
        long border = (FOUR_GIB / unit.length + 1) * unit.length; // an edge of segments

        UploadedContent composed = compose(List.of(
                edit(TWO_GIB - 1_000, TWO_GIB + 2_000, replaced),
                edit(FOUR_GIB, FOUR_GIB, inserted),
                edit(border - 100, border + 100, new byte[0]),
                edit(base.size(), base.size(), appended)));

        assertThat(composed.size()).isEqualTo(base.size() + inserted.length - 200 + appended.length);
        long shift = inserted.length;
        ContentHash file = composed.hash();
        assertThat(read(file, TWO_GIB - 2_000, TWO_GIB - 1_000)).isEqualTo(original(TWO_GIB - 2_000, TWO_GIB - 1_000));
        assertThat(read(file, TWO_GIB - 1_000, TWO_GIB + 2_000)).isEqualTo(replaced);
        assertThat(read(file, TWO_GIB + 2_000, TWO_GIB + 900_000))
                .isEqualTo(original(TWO_GIB + 2_000, TWO_GIB + 900_000));
        assertThat(read(file, FOUR_GIB - 900_000, FOUR_GIB)).isEqualTo(original(FOUR_GIB - 900_000, FOUR_GIB));
        assertThat(read(file, FOUR_GIB, FOUR_GIB + shift)).isEqualTo(inserted);
        assertThat(read(file, FOUR_GIB + shift, FOUR_GIB + shift + 900_000))
                .isEqualTo(original(FOUR_GIB, FOUR_GIB + 900_000));
        assertThat(read(file, border + shift - 900_000, border + shift - 100))
                .isEqualTo(original(border - 900_000, border - 100));
        assertThat(read(file, border + shift - 100, border + shift + 900_000))
                .isEqualTo(original(border + 100, border + 900_200));
        assertThat(read(file, composed.size() - appended.length, composed.size()))
                .isEqualTo(appended);
        assertThat(read(file, composed.size() - appended.length - 900_000, composed.size() - appended.length))
                .isEqualTo(original(base.size() - 900_000, base.size()));
    }

    @Test
    void cutsBeyondFourGiB_keepWhatIsBeforeThem() {
        long end = FOUR_GIB + 12_345;
        UploadedContent composed = compose(List.of(edit(end, base.size(), new byte[0])));
        assertThat(composed.size()).isEqualTo(end);
        assertThat(read(composed.hash(), end - 900_000, end)).isEqualTo(original(end - 900_000, end));
    }

    @Test
    void moreThanTwoGiBTakenOut_joinsWhatIsLeft() {
        long from = 1_000_003;
        long to = from + TWO_GIB + 500;
        UploadedContent composed = compose(List.of(edit(from, to, new byte[] {1, 2, 3})));
        assertThat(composed.size()).isEqualTo(base.size() - TWO_GIB - 497);
        assertThat(read(composed.hash(), from - 900_000, from)).isEqualTo(original(from - 900_000, from));
        assertThat(read(composed.hash(), from, from + 3)).isEqualTo(new byte[] {1, 2, 3});
        assertThat(read(composed.hash(), from + 3, from + 900_003)).isEqualTo(original(to, to + 900_000));
    }
}
