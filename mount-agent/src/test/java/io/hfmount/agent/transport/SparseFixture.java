package io.hfmount.agent.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FileClient;
import io.hfmount.agent.vfs.FileClient.Mode;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.PortClient;
import io.hfmount.model.api.FlushedFile.Route;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A bucket whose published files are edited, for each test. What is published is compared with storage's own view, and
 * read through a second mount that has seen nothing.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class SparseFixture {
    protected static final int MIB = 1 << 20;

    @TempDir
    Path temp;

    /** The bucket that is edited. */
    protected SparseBucket bucket;

    /** The way under test. */
    protected abstract FileClient client();

    @BeforeEach
    void open() throws Exception {
        bucket = new SparseBucket(temp.resolve("staging"));
        begin();
    }

    /** Makes the way to {@link #bucket}. */
    protected void begin() throws Exception {}

    @AfterEach
    void close() throws Exception {
        try {
            end();
        } finally {
            bucket.close();
        }
    }

    /** Takes the way down. */
    protected void end() throws Exception {}

    protected static byte[] randomBytes(int size, int seed) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    protected static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** A published file of another client, as large as the tests need; {@code name} was never asked for. */
    protected byte[] publish(String name, int size) {
        byte[] content = randomBytes(size, size);
        bucket.put(name, content);
        return content.clone();
    }

    protected byte[] read(String path) throws FsException {
        try (FileClient.File file = client().open(path, Mode.READ)) {
            return file.read(0, (int) file.size() + 1);
        }
    }

    protected static void put(byte[] content, int at, byte[] piece) {
        System.arraycopy(piece, 0, content, at, piece.length);
    }

    /** Now, after publication on the Hub, and through another mount. What was read before may travel whole. */
    protected void isEverywhere(String path, byte[] expected) throws FsException {
        assertThat(read(path)).as("through the mount").isEqualTo(expected);
        bucket.publishOne();
        isPublished(path, expected);
    }

    /** Published by what was changed alone: nobody has read the rest; then everywhere. */
    protected void goesUpByRange(String path, byte[] expected) throws FsException {
        assertThat(bucket.publishOne().route()).isEqualTo(Route.RANGE);
        isPublished(path, expected);
    }

    /** One of both. */
    protected void isRight(String path, byte[] expected, boolean readFirst) throws FsException {
        if (readFirst) {
            isEverywhere(path, expected);
        } else {
            goesUpByRange(path, expected);
        }
    }

    /** On the Hub, here and through another mount. */
    protected void isPublished(String path, byte[] expected) throws FsException {
        assertThat(bucket.published(path)).as("on the Hub").isEqualTo(expected);
        assertThat(read(path)).as("through the mount, after publication").isEqualTo(expected);
        try (SparseBucket other = bucket.elsewhere(temp.resolve("elsewhere"));
                FileClient.File file = new PortClient(other.fileSystem()).open(path, Mode.READ)) {
            assertThat(file.read(0, expected.length + 1))
                    .as("through another mount")
                    .isEqualTo(expected);
        }
    }

    protected void refuses(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
