package io.hfmount.xet.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.Edit;
import io.hfmount.xet.LocalBase;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.cas.RetryPolicy;
import io.hfmount.xet.cas.StorageObserver;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.merkle.MerkleTree;
import io.hfmount.xet.store.XetContentStore;
import io.hfmount.xet.testing.ArraySource;
import io.hfmount.xet.testing.FaultyStorage;
import io.hfmount.xet.testing.MemoryStorage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The shapes of edits that every storage and every index must get right. */
class ComposeTest {
    private static final Duration WAIT = Duration.ofSeconds(60);

    private final MemoryStorage storage = new MemoryStorage();
    private final FaultyStorage recording = new FaultyStorage(storage);
    private final XetContentStore store = new XetContentStore(
            recording, XetContentStore.Settings.defaults().withRetry(RetryPolicy.never()), StorageObserver.NONE);

    @AfterEach
    void close() {
        store.close();
    }

    private UploadedContent upload(byte[] content) {
        UploadSession session = store.newUploadSession();
        UploadedContent uploaded = session.add(ArraySource.of(content)).block(WAIT);
        session.finish().block(WAIT);
        return uploaded;
    }

    private UploadedContent compose(UploadedContent base, Edit... edits) {
        UploadSession session = store.newUploadSession();
        UploadedContent composed = session.compose(base.hash(), base.size(), List.of(edits), LocalBase.none())
                .block(WAIT);
        session.finish().block(WAIT);
        return composed;
    }

    private static Edit edit(long start, long end, String data) {
        return new Edit(start, end, ArraySource.of(data.getBytes(StandardCharsets.US_ASCII)));
    }

    private void assertIs(UploadedContent composed, String expected) {
        byte[] bytes = expected.getBytes(StandardCharsets.US_ASCII);
        assertThat(composed.hash()).isEqualTo(MerkleTree.fileHash(Chunker.chunksOf(bytes)));
        assertThat(composed.size()).isEqualTo(bytes.length);
        assertThat(storage.content(composed.hash())).isEqualTo(bytes);
    }

    @Test
    void noEditsReturnsOriginalWithoutRequests() {
        ContentHash unknown = new ContentHash(1, 2, 3, 4);
        UploadedContent composed = store.newUploadSession()
                .compose(unknown, 77, List.of(), LocalBase.none())
                .block(WAIT);
        assertThat(composed).isEqualTo(new UploadedContent(unknown, 77, 0, 77));
        assertThat(recording.calls()).isZero();
    }

    @Test
    void replaceInsertDeleteOnThreeBytes() {
        UploadedContent base = upload("abc".getBytes(StandardCharsets.US_ASCII));
        assertIs(compose(base, edit(0, 1, "foo")), "foobc");
        assertIs(compose(base, edit(0, 0, "foo")), "fooabc");
        assertIs(compose(base, edit(0, 1, "")), "bc");
        assertIs(compose(base, edit(3, 3, "d"), edit(3, 3, "e")), "abcde");
    }

    @Test
    void emptyOriginalAppend() {
        UploadedContent empty = upload(new byte[0]);
        assertIs(compose(empty, edit(0, 0, "one "), edit(0, 0, "two")), "one two");
    }

    @Test
    void truncateToZeroGivesZeroHash() {
        UploadedContent base = upload("abc".getBytes(StandardCharsets.US_ASCII));
        UploadedContent composed = compose(base, edit(0, 3, ""));
        assertThat(composed.hash()).isEqualTo(ContentHash.ZERO);
        assertThat(composed.size()).isZero();
        assertThat(storage.file(ContentHash.ZERO).segments()).isEmpty();
    }

    @Test
    void rejectsReversedPastEndOverlappingUnsorted() {
        UploadSession session = store.newUploadSession();
        ContentHash unknown = new ContentHash(1, 2, 3, 4);
        assertThatThrownBy(() -> edit(2, 1, "reversed")).isInstanceOf(IllegalArgumentException.class);
        for (List<Edit> wrong : List.of(
                List.of(edit(2, 4, "")),
                List.of(edit(4, 4, "")),
                List.of(edit(4, 5, "behind the end")),
                List.of(edit(0, 1, "fits"), edit(3, Long.MAX_VALUE, "")),
                List.of(edit(0, 2, ""), edit(1, 3, "")),
                List.of(edit(0, 2, "within"), edit(0, 1, "")),
                List.of(edit(2, 3, ""), edit(0, 1, "")))) {
            assertThatThrownBy(() ->
                            session.compose(unknown, 3, wrong, LocalBase.none()).block(WAIT))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> session.compose(ContentHash.ZERO, 0, wrong, LocalBase.none())
                            .block(WAIT))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        // A size that cannot be is no more right with edits that fit it.
        for (long size : new long[] {-1, 0}) {
            assertThatThrownBy(() -> session.compose(unknown, size, List.of(edit(0, 0, "x")), LocalBase.none())
                            .block(WAIT))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        session.finish().block(WAIT);
        assertThat(recording.calls()).as("calls to storage").isZero();
    }

    @Test
    void originalUnknownOrOfAnotherSize_isAnError() {
        UploadedContent base = upload("abc".getBytes(StandardCharsets.US_ASCII));
        UploadSession session = store.newUploadSession();
        assertThatThrownBy(() -> session.compose(
                                new ContentHash(1, 2, 3, 4), 3, List.of(edit(0, 1, "x")), LocalBase.none())
                        .block(WAIT))
                .isInstanceOfSatisfying(
                        StorageException.class, e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.NOT_FOUND));
        assertThatThrownBy(() -> session.compose(base.hash(), 4, List.of(edit(0, 1, "x")), LocalBase.none())
                        .block(WAIT))
                .isInstanceOfSatisfying(
                        StorageException.class, e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.REJECTED));
    }
}
