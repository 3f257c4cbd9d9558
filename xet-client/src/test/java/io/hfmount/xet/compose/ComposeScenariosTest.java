package io.hfmount.xet.compose;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ByteRange;
import io.hfmount.xet.LocalBase;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.compose.Composing.Change;
import io.hfmount.xet.shard.Segment;
import io.hfmount.xet.vectors.VectorInput;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The scenarios of mount-semantics §10.4 that {@link ComposeShapesTest} does not have by another name, each on a file of
 * several segments, unknown to the client, with aligned and with plain windows.
 */
class ComposeScenariosTest {
    private static final byte[] CONTENT = VectorInput.random(61, 2_000_000);
    private static final int SIZE = CONTENT.length;

    private final Composing composing = new Composing();

    @AfterEach
    void close() {
        composing.close();
    }

    private UploadedContent base(boolean aligned) {
        composing.storage.withAlignedWindows(aligned);
        UploadedContent base = composing.upload(CONTENT);
        composing.restart(null);
        return base;
    }

    private static byte[] data(int seed, int length) {
        return VectorInput.random(seed, length);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void resizeMidFileInsert(boolean aligned) {
        UploadedContent base = base(aligned);
        composing.check(base, CONTENT, Change.of(1_000_000, 1_000_000, data(1, 1)));
        composing.check(base, CONTENT, Change.of(1_000_000, 1_000_000, data(2, 300_000)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void resizeMidFileDelete(boolean aligned) {
        UploadedContent base = base(aligned);
        composing.check(base, CONTENT, Change.of(1_000_000, 1_000_001, new byte[0]));
        composing.check(base, CONTENT, Change.of(600_000, 1_400_000, new byte[0]));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void resizeMultiEditMix(boolean aligned) {
        composing.check(
                base(aligned),
                CONTENT,
                Change.of(100_000, 100_000, data(1, 70_000)),
                Change.of(500_000, 500_100, data(2, 40)),
                Change.of(900_000, 1_000_000, new byte[0]),
                Change.of(1_500_000, 1_500_001, data(3, 200_000)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void uploadRangesInPlaceAtStartInMiddleAndInASmallFile(boolean aligned) {
        UploadedContent base = base(aligned);
        composing.check(base, CONTENT, Change.of(0, 4_096, data(1, 4_096)));
        composing.check(base, CONTENT, Change.of(1_234_567, 1_238_663, data(2, 4_096)));
        composing.check(base, CONTENT, Change.of(SIZE - 4_096, SIZE, data(3, 4_096)));
        byte[] small = data(4, 3_000);
        composing.check(composing.upload(small), small, Change.of(1_000, 1_010, data(5, 10)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void uploadRangesMultipleRegions(boolean aligned) {
        UploadedContent base = base(aligned);
        UploadedContent composed = composing.check(
                base, CONTENT, Change.of(10, 20, data(1, 10)), Change.of(SIZE - 20, SIZE - 10, data(2, 10)));
        List<Segment> old = composing.storage.file(base.hash()).segments();
        assertThat(composing.storage.file(composed.hash()).segments())
                .as("the untouched gap is taken over as it is")
                .containsAll(old.subList(2, old.size() - 1));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void singleInputSpanningManyChunks(boolean aligned) {
        composing.check(base(aligned), CONTENT, Change.of(333_333, 1_666_666, data(1, 1_333_333)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void uploadRangesTruncationWithOverlappingDirty(boolean aligned) {
        // Written over [900_000, 1_100_000), then cut at 1_000_000: what is left of the write touches the cut.
        composing.check(
                base(aligned),
                CONTENT,
                Change.of(900_000, 1_000_000, data(1, 100_000)),
                Change.of(1_000_000, SIZE, new byte[0]));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void dataIntegrityScenarios(boolean aligned) {
        UploadedContent base = base(aligned);
        composing.check(base, CONTENT, Change.of(0, SIZE, data(1, SIZE)));
        composing.check(base, CONTENT, Change.of(0, SIZE, data(2, SIZE / 2)));
        composing.check(
                base,
                CONTENT,
                Change.of(700_000, 700_100, data(3, 100)),
                Change.of(700_100, 700_200, data(4, 100)),
                Change.of(700_200, 700_300, data(5, 100)));
        composing.check(base, CONTENT, Change.of(SIZE, SIZE, new byte[1_000_000]));
        List<Chunk> chunks = Chunker.chunksOf(CONTENT);
        int from = chunks.subList(0, 5).stream().mapToInt(Chunk::length).sum();
        int to = from + chunks.get(5).length() + chunks.get(6).length();
        composing.check(base, CONTENT, Change.of(from, to, data(6, to - from)));
        composing.check(base, CONTENT, Change.of(from, to, new byte[0]));
        composing.check(base, CONTENT, Change.of(to, to, Arrays.copyOfRange(CONTENT, from, to)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void baseBytesAtHandInPart_areMixedWithThoseOfStorage(boolean aligned) {
        UploadedContent base = base(aligned);
        List<Change> changes = List.of(Change.of(1_000_000, 1_000_100, data(1, 50)));
        for (int end : new int[] {999_000, 1_000_050, 1_050_000}) {
            LocalBase part = Composing.local(CONTENT, new ByteRange(950_000, end), Long.MAX_VALUE);
            composing.assertIs(composing.compose(base, changes, part), Composing.apply(CONTENT, changes));
        }
    }
}
