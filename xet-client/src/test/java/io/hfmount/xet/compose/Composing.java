package io.hfmount.xet.compose;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ByteRange;
import io.hfmount.xet.ContentSource;
import io.hfmount.xet.Edit;
import io.hfmount.xet.LocalBase;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.cas.RetryPolicy;
import io.hfmount.xet.cas.StorageObserver;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.index.ChunkIndex;
import io.hfmount.xet.index.DiskChunkIndex;
import io.hfmount.xet.merkle.MerkleTree;
import io.hfmount.xet.store.XetContentStore;
import io.hfmount.xet.testing.ArraySource;
import io.hfmount.xet.testing.FaultyStorage;
import io.hfmount.xet.testing.MemoryStorage;
import io.hfmount.xet.upload.UploadSettings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/** A store over strict storage in memory, with files of many small segments, and how to check what it composes. */
final class Composing implements AutoCloseable {
    static final Duration WAIT = Duration.ofSeconds(60);

    /** Several segments already in a file of one MiB. */
    static final UploadSettings SMALL = UploadSettings.defaults()
            .withXorbLimits(300_000, 50)
            .withMemory(16 << 20, 256 << 10)
            .withDedup(false, 0);

    final MemoryStorage storage = new MemoryStorage();
    final FaultyStorage faulty = new FaultyStorage(storage);
    ChunkIndex index = ChunkIndex.none();
    XetContentStore store;

    private final UploadSettings settings;

    /** One edit of an array. */
    record Change(int start, int end, byte[] data) {
        Edit edit() {
            return new Edit(start, end, ArraySource.of(data).inPiecesOf(50_021));
        }

        static Change of(int start, int end, byte[] data) {
            return new Change(start, end, data);
        }
    }

    Composing(UploadSettings settings) {
        this.settings = settings;
        this.store = newStore();
    }

    Composing() {
        this(SMALL);
    }

    private XetContentStore newStore() {
        return new XetContentStore(
                faulty,
                index,
                XetContentStore.Settings.defaults()
                        .withUpload(settings)
                        .withRetry(new RetryPolicy(2, Duration.ofMillis(1), Duration.ofMillis(2))),
                StorageObserver.NONE);
    }

    /** Another process: nothing of what was learnt is in memory, and the index is that of {@code folder}, null for none. */
    void restart(Path folder) {
        store.close();
        index.close();
        try {
            index = folder == null ? ChunkIndex.none() : DiskChunkIndex.open(folder, 64 << 20);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        store = newStore();
    }

    UploadedContent upload(byte[] content) {
        UploadSession session = store.newUploadSession();
        UploadedContent uploaded = session.add(ArraySource.of(content)).block(WAIT);
        session.finish().block(WAIT);
        return uploaded;
    }

    UploadedContent compose(UploadedContent base, Change... changes) {
        return compose(base, List.of(changes), LocalBase.none());
    }

    UploadedContent compose(UploadedContent base, List<Change> changes, LocalBase local) {
        UploadSession session = store.newUploadSession();
        UploadedContent composed = session.compose(
                        base.hash(),
                        base.size(),
                        changes.stream().map(Change::edit).toList(),
                        local)
                .block(WAIT);
        session.finish().block(WAIT);
        return composed;
    }

    /** Composes, and checks the result against the edited array. */
    UploadedContent check(UploadedContent base, byte[] content, Change... changes) {
        UploadedContent composed = compose(base, changes);
        assertIs(composed, apply(content, List.of(changes)));
        return composed;
    }

    /** The file is that of a fresh upload of {@code expected}: hash, size, segments and content. */
    void assertIs(UploadedContent composed, byte[] expected) {
        assertThat(composed.size()).isEqualTo(expected.length);
        assertThat(composed.hash()).isEqualTo(MerkleTree.fileHash(Chunker.chunksOf(expected)));
        assertThat(storage.file(composed.hash()).size()).isEqualTo(expected.length);
        assertThat(Arrays.equals(storage.content(composed.hash()), expected))
                .as("content")
                .isTrue();
    }

    static byte[] apply(byte[] content, List<Change> changes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int at = 0;
        for (Change change : changes) {
            out.write(content, at, change.start - at);
            out.writeBytes(change.data);
            at = change.end;
        }
        out.write(content, at, content.length - at);
        return out.toByteArray();
    }

    /** All of {@code content} is at hand, but reading beyond {@code failsFrom} fails. */
    static LocalBase local(byte[] content, ByteRange held, long failsFrom) {
        return new LocalBase() {
            @Override
            public boolean holds(ByteRange range) {
                return held.start() <= range.start() && range.end() <= held.end();
            }

            @Override
            public int read(long position, ByteBuffer target) throws IOException {
                if (position >= failsFrom) {
                    throw new IOException("the disk is gone");
                }
                int count = (int) Math.min(Math.min(target.remaining(), 10_007), content.length - position);
                target.put(content, (int) position, count);
                return count;
            }
        };
    }

    /** Data of an edit that is one byte short of what it says. */
    static ContentSource shortSource(byte[] content) {
        return new ContentSource() {
            @Override
            public long size() {
                return content.length + 1L;
            }

            @Override
            public int read(long position, ByteBuffer target) {
                int count = (int) Math.min(target.remaining(), content.length - position);
                target.put(content, (int) position, count);
                return count;
            }
        };
    }

    @Override
    public void close() {
        store.close();
        index.close();
    }
}
