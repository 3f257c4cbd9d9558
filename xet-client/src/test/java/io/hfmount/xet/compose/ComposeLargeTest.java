package io.hfmount.xet.compose;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ByteRange;
import io.hfmount.xet.ContentSource;
import io.hfmount.xet.Edit;
import io.hfmount.xet.LocalBase;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.cas.StorageRoute;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.testing.ArraySource;
import io.hfmount.xet.upload.UploadSettings;
import io.hfmount.xet.vectors.VectorInput;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small edit of a file of 200 MB, with the limits of every day: what moves depends on the edit alone. */
class ComposeLargeTest {
    private static final int BLOCK = 1_000_000;
    private static final int BLOCKS = 200;
    private static final long SIZE = (long) BLOCK * BLOCKS;

    @TempDir
    private Path folder;

    /** Block {@code i} of the file is random data of seed {@code i}, but for the edited range. */
    private record Generated(ByteRange edited, byte[] data) implements ContentSource {
        @Override
        public long size() {
            return SIZE;
        }

        @Override
        public int read(long position, ByteBuffer target) {
            byte[] block = VectorInput.random(position / BLOCK, BLOCK);
            long start = position / BLOCK * BLOCK;
            for (long at = Math.max(start, edited.start()); at < Math.min(start + BLOCK, edited.end()); at++) {
                block[(int) (at - start)] = data[(int) (at - edited.start())];
            }
            int count = (int) Math.min(target.remaining(), start + BLOCK - position);
            target.put(block, (int) (position - start), count);
            return count;
        }
    }

    @Test
    void largeFileSmallEditTransfersLittle() {
        try (Composing composing = new Composing(UploadSettings.defaults().withDedup(false, 0))) {
            composing.restart(folder);
            UploadSession uploading = composing.store.newUploadSession();
            UploadedContent base = uploading
                    .add(new Generated(new ByteRange(0, 0), new byte[0]))
                    .block(Composing.WAIT);
            uploading.finish().block(Composing.WAIT);

            byte[] data = VectorInput.random(-1, 1_000);
            ByteRange edited = new ByteRange(123_456_789, 123_457_789);
            int xorbs = composing.storage.xorbCount();
            int requests = composing.storage.dataRequests();
            UploadSession session = composing.store.newUploadSession();
            UploadedContent composed = session.compose(
                            base.hash(),
                            SIZE,
                            List.of(new Edit(edited.start(), edited.end(), ArraySource.of(data))),
                            LocalBase.none())
                    .block(Composing.WAIT);
            session.finish().block(Composing.WAIT);

            assertThat(composed.size()).isEqualTo(SIZE);
            assertThat(composed.newBytes()).isBetween(1_000L, 4L * Chunker.MAX);
            assertThat(composing.storage.xorbCount() - xorbs).isEqualTo(1);
            assertThat(composing.storage.dataRequests() - requests)
                    .as("touched chunks")
                    .isBetween(1, 4);
            assertThat(composing.faulty.calls(StorageRoute.WINDOWS)).isZero();

            UploadSession fresh = composing.store.newUploadSession();
            assertThat(fresh.add(new Generated(edited, data))
                            .block(Composing.WAIT)
                            .hash())
                    .as("a fresh upload of the edited bytes")
                    .isEqualTo(composed.hash());
            fresh.abort();
        }
    }
}
