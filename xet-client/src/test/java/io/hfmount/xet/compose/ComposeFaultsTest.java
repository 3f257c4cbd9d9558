package io.hfmount.xet.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.Edit;
import io.hfmount.xet.LocalBase;
import io.hfmount.xet.Reconstruction;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.cas.FileWindows;
import io.hfmount.xet.cas.StorageRoute;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.compose.Composing.Change;
import io.hfmount.xet.merkle.Node;
import io.hfmount.xet.merkle.Subtree;
import io.hfmount.xet.shard.FileEntry;
import io.hfmount.xet.shard.Segment;
import io.hfmount.xet.vectors.VectorInput;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

/** Compositions that go wrong leave nothing registered, and trying again gives what was wanted. */
class ComposeFaultsTest {
    private static final byte[] CONTENT = VectorInput.random(51, 2_000_000);
    private static final List<Change> CHANGES = List.of(
            Change.of(600_000, 600_100, VectorInput.random(1, 350_000)),
            Change.of(1_700_000, 1_700_000, VectorInput.random(2, 100)));

    @TempDir
    private Path folder;

    private final Composing composing = new Composing();

    @AfterEach
    void close() {
        composing.close();
    }

    private UploadedContent base() {
        UploadedContent base = composing.upload(CONTENT);
        composing.restart(null);
        return base;
    }

    private void assertFails(UploadedContent base, StorageException.Kind kind, String why) {
        assertFails(base, CHANGES.stream().map(Change::edit).toList(), kind, why);
    }

    private void assertFails(UploadedContent base, List<Edit> edits, StorageException.Kind kind, String why) {
        int files = composing.storage.fileCount();
        UploadSession session = composing.store.newUploadSession();
        assertThatThrownBy(() -> session.compose(base.hash(), base.size(), edits, LocalBase.none())
                        .block(Composing.WAIT))
                .isInstanceOfSatisfying(
                        StorageException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessageContaining(why);
        session.finish().block(Composing.WAIT);
        assertThat(composing.storage.fileCount()).as("files registered").isEqualTo(files);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void faultAtAnyCall_registersNothing_andTheNextTryGivesTheSameFile(boolean known) {
        composing.storage.withAlignedWindows(false);
        if (known) {
            composing.restart(folder);
        }
        UploadedContent base = known ? composing.upload(CONTENT) : base();
        byte[] expected = Composing.apply(CONTENT, CHANGES);
        int files = composing.storage.fileCount();
        boolean failed = true;
        int faults = 0;
        for (int at = 1; failed; at++) {
            AtomicInteger left = new AtomicInteger(at);
            composing.faulty.plan((route, call) -> left.decrementAndGet() == 0
                    ? Mono.error(new StorageException(StorageException.Kind.UNAVAILABLE, "scripted"))
                    : Mono.empty());
            failed = false;
            try {
                composing.assertIs(composing.compose(base, CHANGES, LocalBase.none()), expected);
            } catch (StorageException e) {
                assertThat(e.kind()).isEqualTo(StorageException.Kind.UNAVAILABLE);
                assertThat(composing.storage.fileCount()).isEqualTo(files);
                failed = true;
                faults++;
            }
            if (!failed && left.get() <= 0) {
                // The call was repeated by itself: go on to the next one.
                failed = true;
                files = composing.storage.fileCount();
            }
        }
        assertThat(faults).isGreaterThan(known ? 3 : 5);
        composing.faulty.plan((route, call) -> Mono.empty());
        composing.assertIs(composing.compose(base, CHANGES, LocalBase.none()), expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void addressesThatExpireInTheMiddle_areRenewed(int at) {
        composing.storage.withAlignedWindows(false);
        composing.faulty.plan((route, call) -> {
            if (route == StorageRoute.DATA && call == at) {
                composing.storage.expireAddresses();
            }
            return Mono.empty();
        });
        UploadedContent base = base();
        composing.assertIs(composing.compose(base, CHANGES, LocalBase.none()), Composing.apply(CONTENT, CHANGES));
        assertThat(composing.faulty.calls(StorageRoute.DATA)).isEqualTo(5);
    }

    @Test
    void addressesThatExpireAtOnce_failAndRegisterNothing() {
        UploadedContent base = base();
        composing.faulty.plan((route, call) -> {
            if (route == StorageRoute.DATA) {
                composing.storage.expireAddresses();
            }
            return Mono.empty();
        });
        assertFails(base, StorageException.Kind.FORBIDDEN, "expired");
    }

    @Test
    void stalePlan_thatIsNotTheFilesAnyMore_isNotBelieved() {
        UploadedContent base = base();
        // Every plan but that of the whole file lacks the last byte of its term.
        composing.faulty.falsifyPlans(plan -> plan.range().end() == Long.MAX_VALUE
                ? plan
                : new Reconstruction(
                        plan.file(),
                        plan.range(),
                        plan.offsetIntoFirstTerm(),
                        plan.terms().stream()
                                .map(term -> new Reconstruction.Term(
                                        term.xorb(), term.chunkStart(), term.chunkEnd(), term.unpackedLength() - 1))
                                .toList(),
                        plan.fetches()));
        assertFails(base, StorageException.Kind.CORRUPT, "");
    }

    @Test
    void shortReaderFails() {
        UploadedContent base = base();
        Edit shortEdit = new Edit(600_000, 600_000, Composing.shortSource(VectorInput.random(1, 10_000)));
        int shards = composing.faulty.calls(StorageRoute.SHARD_UPLOAD);
        assertFails(base, List.of(shortEdit), StorageException.Kind.SOURCE, "ends at 10000 instead of 10001");
        assertThat(composing.faulty.calls(StorageRoute.SHARD_UPLOAD)).isEqualTo(shards);
        assertFails(
                new UploadedContent(ContentHash.ZERO, 0, 0, 0),
                List.of(new Edit(0, 0, Composing.shortSource(new byte[3]))),
                StorageException.Kind.SOURCE,
                "ends at 3");
    }

    @Test
    void originalUnknownOrOfAnotherSize_isRefused() {
        UploadedContent base = base();
        assertFails(
                new UploadedContent(new ContentHash(1, 2, 3, 4), 2_000_000, 0, 0),
                StorageException.Kind.NOT_FOUND,
                "unknown");
        assertFails(
                new UploadedContent(base.hash(), 2_000_001, 0, 0),
                StorageException.Kind.REJECTED,
                "2000000 bytes in storage, not 2000001");
    }

    private void assertAnswerRefused(UnaryOperator<FileWindows> wrong, String why) {
        composing.storage.withAlignedWindows(false);
        UploadedContent base = base();
        composing.faulty.falsifyWindows(wrong);
        assertFails(base, StorageException.Kind.CORRUPT, why);
        composing.faulty.falsifyWindows(answer -> answer);
        composing.assertIs(composing.compose(base, CHANGES, LocalBase.none()), Composing.apply(CONTENT, CHANGES));
    }

    private static FileWindows with(FileWindows answer, List<ByteRange> windows, List<Optional<Subtree>> gaps) {
        return new FileWindows(answer.fileSize(), windows, gaps, answer.gapVerification());
    }

    @Test
    void leftoverEditsDetected() {
        // Windows as for the first edit alone.
        composing.storage.withAlignedWindows(true);
        UploadedContent base = base();
        FileWindows narrow = composing
                .storage
                .windows(base.hash(), List.of(new ByteRange(0, 10)))
                .block(Composing.WAIT);
        composing.faulty.falsifyWindows(answer -> narrow);
        assertFails(base, StorageException.Kind.CORRUPT, "leave out edit 0");
    }

    @Test
    void windowThatEndsTooEarly_isDetected() {
        composing.storage.withAlignedWindows(true);
        UploadedContent base = base();
        FileEntry file = composing.storage.file(base.hash());
        // A right answer about another question: one window of the first segment, although more changes by shifting.
        FileWindows narrow = narrow(file);
        composing.faulty.falsifyWindows(answer -> narrow);
        int first = (int) file.segments().getFirst().unpackedBytes();
        Edit last = Change.of(first - 1, first, VectorInput.random(3, 10_000)).edit();
        assertFails(base, List.of(last), StorageException.Kind.CORRUPT, "before the cuts");
    }

    private FileWindows narrow(FileEntry file) {
        long size = file.size();
        long first = file.segments().getFirst().unpackedBytes();
        List<Node> rest = new ArrayList<>();
        for (Segment segment : file.segments().subList(1, file.segments().size())) {
            var xorb = composing.storage.xorb(segment.xorb());
            for (int i = segment.chunkStart(); i < segment.chunkEnd(); i++) {
                rest.add(new Node(xorb.chunks().get(i).hash(), xorb.chunkLength(i)));
            }
        }
        return new FileWindows(
                size,
                List.of(new ByteRange(0, first)),
                List.of(Optional.empty(), Optional.of(Subtree.from(false, rest, true))),
                file.verification().subList(1, file.verification().size()));
    }

    @Test
    void gapVerificationMismatchDetected() {
        assertAnswerRefused(
                answer -> new FileWindows(
                        answer.fileSize(),
                        answer.windows(),
                        answer.gaps(),
                        answer.gapVerification()
                                .subList(1, answer.gapVerification().size())),
                "verification entries for");
        assertAnswerRefused(
                answer -> {
                    List<ContentHash> more = new ArrayList<>(answer.gapVerification());
                    more.add(new ContentHash(1, 1, 1, 1));
                    return new FileWindows(answer.fileSize(), answer.windows(), answer.gaps(), more);
                },
                "verification entries for");
    }

    @Test
    void windowsInDisorderOrElsewhere_areRefused() {
        assertAnswerRefused(answer -> with(answer, answer.windows().reversed(), answer.gaps()), "out of order");
        assertAnswerRefused(answer -> with(answer, List.of(), List.of(Optional.empty())), "no window");
        assertAnswerRefused(
                answer -> with(
                        answer,
                        answer.windows().stream()
                                .map(w -> new ByteRange(w.start() + 1, w.end()))
                                .toList(),
                        answer.gaps()),
                "where no segment begins");
        assertAnswerRefused(
                answer -> with(
                        answer,
                        answer.windows().stream()
                                .map(w -> new ByteRange(w.start(), w.end() + 10_000_000))
                                .toList(),
                        answer.gaps()),
                "reach past its end");
        assertAnswerRefused(
                answer -> new FileWindows(
                        answer.fileSize() + 1, answer.windows(), answer.gaps(), answer.gapVerification()),
                "2000001 bytes instead of 2000000");
    }

    @Test
    void gapsOfOtherChunks_areRefused() {
        assertAnswerRefused(
                answer -> {
                    List<Optional<Subtree>> gaps = new ArrayList<>(answer.gaps());
                    gaps.set(1, Optional.empty());
                    return with(answer, answer.windows(), gaps);
                },
                "are untouched");
        assertAnswerRefused(
                answer -> {
                    List<Optional<Subtree>> gaps = new ArrayList<>(answer.gaps());
                    Subtree gap = gaps.getFirst().orElseThrow();
                    List<Node> nodes = new ArrayList<>(gap.nodes());
                    nodes.set(
                            0,
                            new Node(
                                    new ContentHash(9, 9, 9, 9),
                                    nodes.getFirst().size()));
                    gaps.set(0, Optional.of(new Subtree(nodes, gap.levels(), gap.atStart(), gap.atEnd())));
                    return with(answer, answer.windows(), gaps);
                },
                "file ");
        assertAnswerRefused(
                answer -> {
                    List<Optional<Subtree>> gaps = new ArrayList<>(answer.gaps());
                    Subtree gap = gaps.getFirst().orElseThrow();
                    gaps.set(0, Optional.of(new Subtree(gap.nodes(), gap.levels(), false, gap.atEnd())));
                    return with(answer, answer.windows(), gaps);
                },
                "another place");
    }

    @Test
    void summaryOfNoChunksInAGapWithoutBytes_isTheSameAsNone() {
        composing.storage.withAlignedWindows(false);
        UploadedContent base = base();
        List<Change> changes = List.of(Change.of(0, 10, VectorInput.random(1, 20)), CHANGES.getLast());
        for (boolean start : new boolean[] {true, false}) {
            for (boolean end : new boolean[] {true, false}) {
                composing.faulty.falsifyWindows(answer -> {
                    List<Optional<Subtree>> gaps = new ArrayList<>(answer.gaps());
                    assertThat(gaps.getFirst())
                            .as("what is before a window at 0")
                            .isEmpty();
                    gaps.set(0, Optional.of(Subtree.empty(start, end)));
                    gaps.set(gaps.size() - 1, gaps.getLast().or(() -> Optional.of(Subtree.empty(start, end))));
                    return with(answer, answer.windows(), gaps);
                });
                composing.assertIs(
                        composing.compose(base, changes, LocalBase.none()), Composing.apply(CONTENT, changes));
            }
        }
    }

    @Test
    void serverWithoutWindowsOrVerification_isWorkedWithAllTheSame() {
        composing.storage.withoutVerificationInWindows();
        UploadedContent base = base();
        byte[] expected = Composing.apply(CONTENT, CHANGES);
        composing.assertIs(composing.compose(base, CHANGES, LocalBase.none()), expected);
        composing.storage.withoutWindows();
        composing.assertIs(composing.compose(base, CHANGES, LocalBase.none()), expected);
    }

    @Test
    void indexThatIsWrongAboutAFile_isForgottenAndTheFileAskedForAnew() {
        composing.restart(folder);
        UploadedContent base = composing.upload(CONTENT);
        FileEntry right = composing.storage.file(base.hash());
        // Another order of segments: every list is right by itself, the file is not.
        List<Segment> segments = new ArrayList<>(right.segments());
        segments.add(segments.removeFirst());
        composing.index.addFile(new FileEntry(base.hash(), segments, right.verification(), null));
        composing.assertIs(composing.compose(base, CHANGES, LocalBase.none()), Composing.apply(CONTENT, CHANGES));
        assertThat(composing.index.file(base.hash())).isNull();
    }

    @Test
    void indexThatIsWrongAboutChunks_isForgottenAndTheyAreFetchedAnew() {
        composing.restart(folder);
        UploadedContent base = composing.upload(CONTENT);
        Segment second = composing.storage.file(base.hash()).segments().get(1);
        List<Chunk> chunks =
                new ArrayList<>(composing.index.xorb(second.xorb()).chunks(second.chunkStart(), second.chunkEnd()));
        chunks.set(0, new Chunk(new ContentHash(1, 2, 3, 4), chunks.getFirst().length()));
        composing.index.forgetXorb(second.xorb());
        composing.index.addChunks(second.xorb(), second.chunkStart(), chunks);
        composing.assertIs(composing.compose(base, CHANGES, LocalBase.none()), Composing.apply(CONTENT, CHANGES));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void resultThatStorageRefuses_isComposedOnceMoreWithoutTheIndex(boolean atHand) {
        composing.restart(folder);
        UploadedContent base = composing.upload(CONTENT);
        // The file was stored again, elsewhere, and its first place was cleaned up: what the index says is gone.
        ContentHash gone =
                composing.storage.file(base.hash()).segments().getLast().xorb();
        FileEntry moved;
        try (Composing other = new Composing(Composing.SMALL.withXorbLimits(260_000, 50))) {
            other.upload(CONTENT);
            moved = other.storage.file(base.hash());
            moved.segments().forEach(segment -> composing.storage.adopt(other.storage, segment.xorb()));
        }
        composing.storage.replace(moved);
        composing.storage.lose(gone);
        int shards = composing.faulty.calls(StorageRoute.SHARD_UPLOAD);
        // Without bytes to fetch, nobody notices before the shard is refused.
        LocalBase local =
                atHand ? Composing.local(CONTENT, new ByteRange(0, CONTENT.length), Long.MAX_VALUE) : LocalBase.none();

        composing.assertIs(composing.compose(base, CHANGES, local), Composing.apply(CONTENT, CHANGES));

        assertThat(composing.faulty.calls(StorageRoute.SHARD_UPLOAD) - shards).isEqualTo(atHand ? 2 : 1);
    }

    @Test
    void sessionGivenUp_registersNothing() {
        UploadedContent base = base();
        int files = composing.storage.fileCount();
        UploadSession session = composing.store.newUploadSession();
        session.compose(
                        base.hash(),
                        base.size(),
                        CHANGES.stream().map(Change::edit).toList(),
                        LocalBase.none())
                .block(Composing.WAIT);
        session.abort();
        assertThatThrownBy(() -> session.finish().block(Composing.WAIT)).isInstanceOf(StorageException.class);
        assertThat(composing.storage.fileCount()).isEqualTo(files);
    }
}
