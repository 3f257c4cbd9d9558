package io.hfmount.xet.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.cas.StorageRoute;
import io.hfmount.xet.testing.ArraySource;
import io.hfmount.xet.testing.FaultyStorage;
import io.hfmount.xet.upload.UploadSettings;
import io.hfmount.xet.vectors.VectorInput;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

/**
 * Storage that fails at a shard instead of refusing it. It may have lost something that the shard refers to: the same
 * attempt again and again would never end (xet-protocol §13.9 rule 1).
 */
class ServerFaultTest {
    private static final int SIZE = 5 << 20;

    @TempDir
    Path folder;

    private IndexedUploads uploads;

    @BeforeEach
    void open() throws IOException {
        open(IndexedUploads.SETTINGS);
    }

    private void open(UploadSettings settings) throws IOException {
        uploads = new IndexedUploads(folder, settings);
    }

    @AfterEach
    void close() {
        uploads.close();
    }

    /** Like {@code content}, longer. */
    private static byte[] edited(byte[] content) {
        byte[] longer = Arrays.copyOf(content, content.length + 1000);
        Arrays.fill(longer, content.length, longer.length, (byte) 7);
        return longer;
    }

    private StorageException failedUpload(byte[] content) {
        UploadSession session = uploads.store.newUploadSession();
        session.add(ArraySource.of(content)).block(IndexedUploads.WAIT);
        StorageException failure = catchThrowableOfType(
                StorageException.class, () -> session.finish().block(IndexedUploads.WAIT));
        assertThat(failure).isNotNull();
        return failure;
    }

    @Test
    void lostXorb_isDoneWithout_inTheNextAttempt() throws IOException {
        byte[] content = VectorInput.random(1, SIZE);
        ContentHash lost = uploads.segments(uploads.upload(content)).getFirst().xorb();
        uploads.storage.lose(lost);
        uploads.restart();
        uploads.faulty.falsifyRefusals(refusal -> FaultyStorage.serverFault());
        byte[] edited = edited(content);

        assertThat(failedUpload(edited).kind()).isEqualTo(StorageException.Kind.UNAVAILABLE);
        uploads.restart();
        uploads.upload(edited);

        assertThat(uploads.sent).isGreaterThan(SIZE);
        uploads.restart();
        assertThat(uploads.upload(edited).newBytes()).as("known again").isZero();
    }

    @Test
    void lostXorb_thatStorageStillNamesAsHolderOfChunks_isDoneWithoutToo() throws IOException {
        uploads.close();
        open(IndexedUploads.SETTINGS.withDedup(true, 100_000));
        byte[] content = VectorInput.random(1, SIZE);
        UploadedContent file = uploads.upload(content);
        uploads.xorbs(file).forEach(uploads.storage::loseUnnoticed);
        uploads.faulty.falsifyRefusals(refusal -> FaultyStorage.serverFault());

        failedUpload(edited(content));
        uploads.upload(edited(content));

        assertThat(uploads.sent).as("all but what the failed session stored").isGreaterThan(SIZE * 9L / 10);
        assertThat(uploads.upload(edited(content)).newBytes()).as("known again").isZero();
    }

    @Test
    void fault_thatHasNothingToDoWithIt_costsOneMoreUpload_howeverLongItLasts() throws IOException {
        uploads.close();
        open(IndexedUploads.SETTINGS.withDedup(false, 100_000));
        byte[] content = VectorInput.random(1, SIZE);
        uploads.upload(content);
        uploads.faulty.plan((route, call) ->
                route == StorageRoute.SHARD_UPLOAD ? Mono.error(FaultyStorage.serverFault()) : Mono.empty());
        byte[] edited = edited(content);
        failedUpload(edited);
        failedUpload(edited);
        int xorbs = uploads.faulty.calls(StorageRoute.XORB_UPLOAD);

        failedUpload(edited);
        failedUpload(edited);
        uploads.faulty.plan((route, call) -> Mono.empty());
        uploads.upload(edited);

        assertThat(uploads.faulty.calls(StorageRoute.XORB_UPLOAD)).isEqualTo(xorbs);
    }

    @Test
    void faultAtAXorb_forgetsNothing() {
        byte[] content = VectorInput.random(1, SIZE);
        uploads.upload(content);
        uploads.faulty.plan((route, call) ->
                route == StorageRoute.XORB_UPLOAD ? Mono.error(FaultyStorage.serverFault()) : Mono.empty());
        failedUpload(edited(content));

        uploads.faulty.plan((route, call) -> Mono.empty());
        assertThat(uploads.upload(edited(content)).newBytes()).isLessThan(SIZE / 4);
    }
}
