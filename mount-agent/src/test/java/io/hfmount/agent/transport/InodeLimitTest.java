package io.hfmount.agent.transport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.transport.fuse.FuseTransport;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A tree of more names than may be in memory, as a kernel looks at it (mount-semantics §4.9). */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class InodeLimitTest implements MountTools {
    private static final int DIRECTORIES = 40;
    private static final int FILES = 50;
    private static final int LIMIT = 400;
    private static final byte[] CONTENT = "the same in all of them".getBytes(UTF_8);

    @TempDir
    Path temp;

    private final List<Process> children = new ArrayList<>();
    private SparseBucket bucket;
    private Path mountPoint;
    private MountedTransport mount;

    @Override
    public List<Process> children() {
        return children;
    }

    @BeforeEach
    void open() throws Exception {
        FuseTransport transport = new FuseTransport();
        Assumptions.assumeTrue(transport.unusableBecause().isEmpty(), transport::unusableBecause);
        bucket = new SparseBucket(temp.resolve("staging"), LIMIT);
        List<String> paths = new ArrayList<>();
        for (int d = 0; d < DIRECTORIES; d++) {
            for (int f = 0; f < FILES; f++) {
                paths.add("d" + d + "/f" + f);
            }
        }
        bucket.putAll(paths, CONTENT);
        mountPoint = Files.createDirectory(temp.resolve("mnt"));
        mount = transport.mount(bucket.fileSystem(), new TransportOptions(mountPoint, "limit", false, false, 64));
        bucket.attach(mount.kernelCache());
    }

    @AfterEach
    void close() throws Exception {
        try {
            end(mount, mountPoint);
        } finally {
            bucket.close();
        }
    }

    /** Looks at everything, and tells how many files there are. */
    private long look() throws IOException {
        try (Stream<Path> all = Files.walk(mountPoint)) {
            return all.filter(Files::isRegularFile).count();
        }
    }

    @Test
    void tree_isSeenWhole_butNotKept() throws Exception {
        Path edited = mountPoint.resolve("d0/f0");
        Path held = mountPoint.resolve("d1/f1");
        Object number;
        try (FileChannel writer = FileChannel.open(edited, StandardOpenOption.WRITE);
                FileChannel reader = FileChannel.open(held, StandardOpenOption.READ)) {
            writer.write(java.nio.ByteBuffer.wrap("THE".getBytes(UTF_8)), 0);
            number = Files.getAttribute(edited, "unix:ino");
            for (int round = 0; round < 3; round++) {
                assertThat(look()).isEqualTo((long) DIRECTORIES * FILES);
            }
            eventually(() -> {
                namesIn(mountPoint.resolve("d39")); // whoever looks at anything makes room
                assertThat(bucket.inodes()).isLessThanOrEqualTo(LIMIT);
            });
            assertThat(Files.getAttribute(edited, "unix:ino")).isEqualTo(number);
            assertThat(readAt0(reader, 100)).isEqualTo("the same in all of them");
        }
        assertThat(edited).hasContent("THE same in all of them");
        assertThat(bucket.isClean()).isFalse();
        bucket.publish();
        assertThat(bucket.published("d0/f0")).asString(UTF_8).isEqualTo("THE same in all of them");
        assertThat(look()).isEqualTo((long) DIRECTORIES * FILES);
        assertThat(mountPoint.resolve("d39/f49")).hasContent("the same in all of them");
    }
}
