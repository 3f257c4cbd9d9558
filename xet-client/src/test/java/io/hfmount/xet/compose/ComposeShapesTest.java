package io.hfmount.xet.compose;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.LocalBase;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.compose.Composing.Change;
import io.hfmount.xet.shard.FileEntry;
import io.hfmount.xet.shard.Segment;
import io.hfmount.xet.upload.UploadSettings;
import io.hfmount.xet.vectors.VectorInput;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The shapes of edits of xet-protocol §13.8 on a file of several segments, unknown to the client. */
class ComposeShapesTest {
    private static final byte[] CONTENT = VectorInput.random(41, 2_000_000);

    @TempDir
    private Path folder;

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

    /** Where the segments of a file end. */
    private List<Integer> edges(UploadedContent file) {
        List<Integer> edges = new ArrayList<>();
        int at = 0;
        for (Segment segment : composing.storage.file(file.hash()).segments()) {
            at += (int) segment.unpackedBytes();
            edges.add(at);
        }
        return edges;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void truncateOnEdge(boolean aligned) {
        UploadedContent base = base(aligned);
        for (int edge : edges(base)) {
            composing.check(base, CONTENT, Change.of(edge, CONTENT.length, new byte[0]));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void truncateInsideSegment(boolean aligned) {
        UploadedContent base = base(aligned);
        int edge = edges(base).get(3);
        // The caller's file is all holes, which read as zeros: the bytes at the cut come from storage (H-51).
        LocalBase holes = Composing.local(new byte[CONTENT.length], new ByteRange(0, 0), 0);
        for (int cut : new int[] {edge - 777, edge + 1, edge + 100_000, 1, CONTENT.length - 1}) {
            List<Change> changes = List.of(Change.of(cut, CONTENT.length, new byte[0]));
            composing.assertIs(composing.compose(base, changes, holes), Composing.apply(CONTENT, changes));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void pureAppendSmallAndLarge(boolean aligned) {
        UploadedContent base = base(aligned);
        int size = CONTENT.length;
        composing.check(base, CONTENT, Change.of(size, size, new byte[] {1}));
        composing.check(base, CONTENT, Change.of(size, size, data(1, 700_000)));
    }

    @Test
    void appendAfterSparseGap() {
        UploadedContent base = base(true);
        int size = CONTENT.length;
        composing.check(base, CONTENT, Change.of(size, size, Arrays.copyOf(new byte[300_000], 300_007)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void midEditPlusAppend(boolean aligned) {
        UploadedContent base = base(aligned);
        int size = CONTENT.length;
        composing.check(
                base, CONTENT, Change.of(700_000, 700_100, data(2, 100)), Change.of(size, size, data(3, 5_000)));
        composing.check(base, CONTENT, Change.of(size - 10, size - 5, data(4, 50)), Change.of(size, size, data(5, 10)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void growAndShrinkReplace(boolean aligned) {
        UploadedContent base = base(aligned);
        composing.check(base, CONTENT, Change.of(500_000, 500_010, data(6, 900_000)));
        composing.check(base, CONTENT, Change.of(500_000, 1_400_000, data(7, 10)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void insertOnSegmentEdge(boolean aligned) {
        UploadedContent base = base(aligned);
        for (int edge : List.of(0, edges(base).get(0), edges(base).get(4), CONTENT.length)) {
            composing.check(base, CONTENT, Change.of(edge, edge, data(edge, 2_000)));
        }
    }

    @Test
    void insertAtEndOfFile() {
        UploadedContent base = base(false);
        int size = CONTENT.length;
        composing.check(base, CONTENT, Change.of(size, size, data(8, 10)), Change.of(size, size, data(9, 10)));
        composing.check(base, CONTENT, Change.of(10, 20, new byte[10]), Change.of(size, size, data(9, 10)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void adjacentEditsAndInsertBetween(boolean aligned) {
        UploadedContent base = base(aligned);
        composing.check(
                base,
                CONTENT,
                Change.of(900_000, 900_100, data(1, 30)),
                Change.of(900_100, 900_100, data(2, 40)),
                Change.of(900_100, 900_100, data(3, 50)),
                Change.of(900_100, 901_000, data(4, 60)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void manySparseWindows(boolean aligned) {
        composing.storage.withAlignedWindows(aligned);
        byte[] content = VectorInput.random(42, 16 << 20);
        UploadedContent base = composing.upload(content);
        composing.restart(null);
        Change[] changes = new Change[128];
        for (int i = 0; i < changes.length; i++) {
            int at = i * (content.length / 128) + 1_000 * (i % 100);
            changes[i] = Change.of(at, at + 100, data(i, 90 + i % 20));
        }
        composing.check(base, content, changes);
    }

    @Test
    void windowEndsInsideSegment() {
        UploadedContent base = base(false);
        List<Integer> edges = edges(base);
        int start = edges.get(1);
        UploadedContent composed = composing.check(base, CONTENT, Change.of(start + 10, start + 20, new byte[10]));
        Segment touched = composing.storage.file(base.hash()).segments().get(2);
        FileEntry entry = composing.storage.file(composed.hash());
        assertThat(entry.segments()).as("the rest of the straddled segment").anySatisfy(segment -> {
            assertThat(segment.xorb()).isEqualTo(touched.xorb());
            assertThat(segment.chunkStart()).isGreaterThan(touched.chunkStart());
            assertThat(segment.chunkEnd()).isEqualTo(touched.chunkEnd());
        });
    }

    @Test
    void windowSwallowsNextSegment() {
        // Segments of one chunk each: every window reaches over at least two more of them.
        UploadSettings tiny = Composing.SMALL.withXorbLimits(128 << 10, 1);
        try (Composing pieces = new Composing(tiny)) {
            pieces.storage.withAlignedWindows(false);
            UploadedContent base = pieces.upload(CONTENT);
            pieces.restart(null);
            pieces.check(base, CONTENT, Change.of(600_000, 600_001, new byte[] {1}));
            pieces.check(base, CONTENT, Change.of(0, 1, new byte[0]), Change.of(1_200_000, 1_200_000, new byte[9]));
        }
    }

    @Test
    void noStableBoundary() {
        byte[] zeros = new byte[1_500_000];
        composing.storage.withAlignedWindows(false);
        UploadedContent base = composing.upload(zeros);
        composing.restart(null);
        composing.check(base, zeros, Change.of(400_000, 400_001, new byte[] {1}));
        composing.check(base, zeros, Change.of(400_000, 400_000, data(1, 10)), Change.of(900_000, 900_001, data(2, 1)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void emptyWindowAtStartMiddleEnd(boolean aligned) {
        UploadedContent base = base(aligned);
        List<Integer> edges = edges(base);
        composing.check(base, CONTENT, Change.of(0, edges.get(1), new byte[0]));
        composing.check(base, CONTENT, Change.of(edges.get(1), edges.get(3), new byte[0]));
        composing.check(base, CONTENT, Change.of(edges.get(4), CONTENT.length, new byte[0]));
        composing.check(base, CONTENT, Change.of(0, CONTENT.length, new byte[0]));
    }

    @Test
    void serverMergesWindows() {
        // Zeros have no stable boundary: the first window runs into the second edit and to the end.
        byte[] content = VectorInput.random(43, 1_600_000);
        Arrays.fill(content, 300_000, 1_600_000, (byte) 0);
        composing.storage.withAlignedWindows(false);
        UploadedContent base = composing.upload(content);
        composing.restart(null);
        composing.check(
                base, content, Change.of(310_000, 310_001, new byte[] {1}), Change.of(1_300_000, 1_300_000, new byte[] {
                    2, 3
                }));
    }

    @Test
    void alignedWindowsNeedNoTail() {
        UploadedContent base = base(true);
        int start = edges(base).get(1);
        int before = composing.storage.dataRequests();
        composing.check(base, CONTENT, Change.of(start + 10, start + 20, new byte[10]));
        assertThat(composing.storage.dataRequests() - before)
                .as("the segments of the window and nothing else")
                .isLessThanOrEqualTo(2);
    }

    @Test
    void insertOfNothing_givesTheSameFile() {
        UploadedContent base = base(true);
        UploadedContent composed = composing.check(base, CONTENT, Change.of(1_000_000, 1_000_000, new byte[0]));
        assertThat(composed.hash()).isEqualTo(base.hash());
        assertThat(composed.newBytes()).isZero();
    }

    @Test
    void rewriteOfWhatIsThere_sendsNothing() {
        UploadedContent base = base(true);
        UploadedContent composed = composing.check(
                base, CONTENT, Change.of(500_001, 1_500_001, Arrays.copyOfRange(CONTENT, 500_001, 1_500_001)));
        assertThat(composed.hash()).isEqualTo(base.hash());
        assertThat(composed.newBytes()).isZero();
    }

    @Test
    void knownFile_takesNoQueryAndOnlyTheTouchedChunks() {
        composing.restart(folder);
        UploadedContent base = composing.upload(CONTENT);
        int plans = composing.storage.reconstructions();
        UploadedContent composed = composing.check(base, CONTENT, Change.of(777_777, 777_877, data(1, 100)));
        assertThat(composing.storage.windowQueries()).isZero();
        assertThat(composing.storage.reconstructions() - plans).isLessThanOrEqualTo(4);
        assertThat(composed.newBytes()).isLessThan(4L * Chunker.MAX);
        assertThat(composing.store.knows(composed.hash(), composed.size())).isTrue();
        assertThat(composing.store.knows(composed.hash(), composed.size() + 1)).isFalse();
    }

    @Test
    void unknownFile_isDownloadedWhereTouched_once_andThenKnownThere() {
        UploadedContent base = base(true);
        composing.restart(folder);
        int before = composing.storage.dataRequests();
        UploadedContent composed = composing.check(base, CONTENT, Change.of(777_777, 777_877, data(1, 100)));
        int first = composing.storage.dataRequests() - before;
        assertThat(first).isBetween(1, 3);
        int then = composing.storage.dataRequests();
        composing.check(
                composed,
                Composing.apply(CONTENT, List.of(Change.of(777_777, 777_877, data(1, 100)))),
                Change.of(777_900, 777_901, new byte[] {1}));
        assertThat(composing.storage.dataRequests() - then)
                .as("only the touched chunk")
                .isLessThanOrEqualTo(2);
    }

    @Test
    void bytesAtHand_areUsed_alsoWhenWrongOnesAreOffered() {
        composing.restart(folder);
        UploadedContent base = composing.upload(CONTENT);
        int before = composing.storage.dataRequests();
        Change change = Change.of(1_000_000, 1_000_100, data(1, 100));
        UploadedContent composed = composing.compose(
                base, List.of(change), Composing.local(CONTENT, new ByteRange(0, CONTENT.length), Long.MAX_VALUE));
        composing.assertIs(composed, Composing.apply(CONTENT, List.of(change)));
        assertThat(composing.storage.dataRequests()).isEqualTo(before);

        // A whole chunk is checked against its hash, so wrong bytes are found out; here each is the last of the file.
        byte[] wrong = CONTENT.clone();
        wrong[wrong.length - 1] ^= 1;
        Change append = Change.of(CONTENT.length, CONTENT.length, data(2, 100));
        UploadedContent appended = composing.compose(
                base, List.of(append), Composing.local(wrong, new ByteRange(0, wrong.length), Long.MAX_VALUE));
        composing.assertIs(appended, Composing.apply(CONTENT, List.of(append)));
    }

    @Test
    void logOfManySmallFlushes_endsInFewSegments() {
        composing.restart(folder);
        byte[] content = data(1, 60_000);
        UploadedContent log = composing.upload(content);
        int most = 0;
        for (int i = 0; i < 120; i++) {
            List<Change> append = List.of(Change.of(content.length, content.length, data(i, 60_000)));
            log = composing.compose(log, append, LocalBase.none());
            content = Composing.apply(content, append);
            most = Math.max(most, composing.storage.file(log.hash()).segments().size());
        }
        composing.assertIs(log, content);
        // Xorbs are small here, so a run is cut every 300 kB; without storing anew there would be one piece a flush.
        assertThat(most).isLessThan(60);
    }

    @Test
    void severalCompositionsInOneSession_shareXorbsAndShard() {
        UploadedContent base = base(true);
        var session = composing.store.newUploadSession();
        List<ContentHash> hashes = new ArrayList<>();
        int shards = composing.storage.shards().size();
        int xorbs = composing.storage.xorbCount();
        for (int i = 0; i < 3; i++) {
            Change change = Change.of(100_000 * i, 100_000 * i + 10, data(i, 10));
            hashes.add(session.compose(base.hash(), base.size(), List.of(change.edit()), LocalBase.none())
                    .block(Composing.WAIT)
                    .hash());
        }
        session.finish().block(Composing.WAIT);
        assertThat(composing.storage.shards()).hasSize(shards + 1);
        assertThat(composing.storage.xorbCount()).isLessThanOrEqualTo(xorbs + 2);
        for (int i = 0; i < 3; i++) {
            byte[] expected = Composing.apply(CONTENT, List.of(Change.of(100_000 * i, 100_000 * i + 10, data(i, 10))));
            List<Chunk> chunks = Chunker.chunksOf(expected);
            assertThat(hashes.get(i)).isEqualTo(io.hfmount.xet.merkle.MerkleTree.fileHash(chunks));
            assertThat(composing.storage.content(hashes.get(i))).isEqualTo(expected);
        }
    }
}
