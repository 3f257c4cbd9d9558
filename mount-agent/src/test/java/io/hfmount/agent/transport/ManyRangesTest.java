package io.hfmount.agent.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.FileClient;
import io.hfmount.agent.vfs.FileClient.Mode;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.PortClient;
import io.hfmount.model.api.FlushedFile.Route;
import io.hfmount.xet.chunk.Chunker;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * H-27b: an edit of tens of thousands of tiny ranges is published by the work that its chunks make, not by that of its
 * ranges squared. So it needs no other route: the rest of the file is neither downloaded to the local disk nor sent whole
 * from it. Work is counted, never timed; the time-out is there for a quadratic one, which takes an hour.
 */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ManyRangesTest {
    private static final int RANGES = 53_000;
    private static final int STEP = 1_000;
    private static final int SIZE = RANGES * STEP;

    @TempDir
    Path temp;

    private SparseBucket bucket;

    @BeforeEach
    void open() {
        bucket = new SparseBucket(temp.resolve("staging"));
    }

    @AfterEach
    void close() {
        bucket.close();
    }

    private static byte[] content() {
        byte[] content = new byte[SIZE];
        new Random(53).nextBytes(content);
        return content;
    }

    private FileClient client() {
        return new PortClient(bucket.fileSystem());
    }

    /** In an order that makes neighbours of no two writes. */
    private void edit(byte[] content) throws FsException {
        try (FileClient.File file = client().open("file", Mode.READ_WRITE)) {
            for (int i = 0; i < RANGES; i++) {
                int at = (int) (i * 29_989L % RANGES) * STEP + 500;
                byte[] data = {(byte) i, (byte) (i >> 8), 'x'};
                file.write(at, data);
                System.arraycopy(data, 0, content, at, data.length);
            }
        }
        assertThat(bucket.stagedBytes()).as("nothing but the edits is local").isLessThan(RANGES * 8192L);
    }

    private void publish(byte[] content, int mostFetches) {
        int before = bucket.fetches();
        assertThat(bucket.publishOne().route()).isEqualTo(Route.RANGE);
        assertThat(bucket.published("file")).isEqualTo(content);
        assertThat(bucket.fetches() - before).isLessThanOrEqualTo(mostFetches);
    }

    @Test
    void tensOfThousandsOfRanges_ofAFileNeverSeen_arePublishedByOneQuestionForWindows() throws FsException {
        byte[] content = content();
        bucket.put("file", content);
        edit(content);
        int chunks = Chunker.chunksOf(content()).size();

        publish(content, 2 * (2 * chunks) + 10);

        assertThat(bucket.windowQueries()).isLessThanOrEqualTo(1);
    }

    @Test
    void tensOfThousandsOfRanges_ofAFileOfThisMount_askForEachChunkOnce() throws FsException {
        byte[] content = content();
        try (FileClient.File file = client().open("source", Mode.CREATE_NEW)) {
            for (int at = 0; at < SIZE; at += 1_000_000) {
                file.write(at, Arrays.copyOfRange(content, at, at + 1_000_000));
            }
        }
        bucket.publish();
        try (FileClient.File source = client().open("source", Mode.READ);
                FileClient.File copy = client().open("file", Mode.CREATE_NEW)) {
            source.copyRange(0, copy, 0, SIZE); // by its hash: what is known of it is known, and nothing is local
        }
        client().unlink("source");
        bucket.publish();
        int chunks = Chunker.chunksOf(content).size();
        edit(content);

        publish(content, 2 * chunks + 10);

        assertThat(bucket.windowQueries()).isZero();
    }
}
