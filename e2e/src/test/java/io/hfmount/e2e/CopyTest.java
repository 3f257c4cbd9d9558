package io.hfmount.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.e2e.live.Command;
import io.hfmount.e2e.live.ControlApi;
import io.hfmount.e2e.live.HubProcess;
import io.hfmount.e2e.live.LiveProcesses;
import io.hfmount.e2e.live.PythonClient;
import io.hfmount.e2e.live.SidecarProcess;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Programs that copy files inside a mount (mount-semantics §2.23); what arrives is what the official client gets. */
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CopyTest {
    private static final int LARGE = 64 << 20;

    @RegisterExtension
    final LiveProcesses processes = LiveProcesses.ofTest();

    private HubProcess hub;
    private SidecarProcess sidecar;
    private PythonClient python;
    private Path original;
    private Path mountPoint;
    private String id;

    /** A bucket with a file {@code large.bin} of the official client, mounted. */
    private void start(String transport, int size) throws IOException {
        hub = processes.hub();
        String bucket = hub.createBucket("copies");
        python = processes.python(hub.url(), hub.token(), bucket);
        original = processes.newDirectory("original").resolve("large.bin");
        byte[] content = new byte[size];
        new Random(size).nextBytes(content);
        Files.write(original, content);
        python.upload(original, "large.bin");
        sidecar = processes.sidecar(hub);
        mountPoint = processes.newDirectory("mount");
        Map<String, Object> request = ControlApi.mountRequest(
                "hf://buckets/" + bucket, mountPoint, Map.of("flushDebounce", "PT10M", "flushMaxBatchWindow", "PT10M"));
        request.put("transport", transport);
        id = sidecar.api().mounted(request);
        hub.forgetRequests();
    }

    private String in(String... words) {
        return Command.of(words).in(mountPoint).runs();
    }

    /** Requests to storage, by method and path. */
    private List<String> storageRequests() {
        return StreamSupport.stream(hub.requests().spliterator(), false)
                .map(r -> r.path("method").asString() + " " + r.path("path").asString())
                .filter(r -> r.contains(" /_storage/"))
                .toList();
    }

    private Path received() throws IOException {
        sidecar.api().flush(id);
        Path received = processes.newDirectory("received");
        python.syncDown(received);
        return received;
    }

    private void edit(Path file, long at, String text) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.seek(at);
            open.writeBytes(text);
        }
    }

    @Test
    void cp_ofALargePublishedFile_movesNoByte_andTheOfficialClientGetsTheCopy() throws IOException {
        start("fuse", LARGE);
        in("cp", "--reflink=auto", "large.bin", "copy.bin");
        assertThat(Files.size(mountPoint.resolve("copy.bin"))).isEqualTo(LARGE);
        sidecar.api().flush(id);
        assertThat(storageRequests()).isEmpty();

        Path received = received();
        assertThat(Files.mismatch(received.resolve("copy.bin"), original)).isEqualTo(-1);
        hub.forgetRequests();
        assertThat(Files.mismatch(mountPoint.resolve("copy.bin"), original)).isEqualTo(-1);
        assertThat(storageRequests()).as("reading it takes requests").isNotEmpty();
    }

    @Test
    void copyFileRange_ofPython_copiesWholeFilesByHash_andPartsByBytes() throws IOException {
        start("fuse", 20_000_000);
        in(PythonClient.interpreter(), "-c", """
                import os
                size = os.stat('large.bin').st_size
                source = os.open('large.bin', os.O_RDONLY)
                whole = os.open('whole.bin', os.O_CREAT | os.O_RDWR)
                assert os.copy_file_range(source, whole, size, 0, 0) == size
                assert os.copy_file_range(source, whole, 10, size, size) == 0
                assert os.fstat(whole).st_size == size
                """);
        assertThat(storageRequests()).isEmpty();

        in(PythonClient.interpreter(), "-c", """
                import os
                def copy(source, target, count, at, to):
                    while count:
                        done = os.copy_file_range(source, target, count, at, to)
                        assert done > 0
                        count, at, to = count - done, at + done, to + done
                size = os.stat('large.bin').st_size
                source = os.open('large.bin', os.O_RDONLY)
                whole = os.open('whole.bin', os.O_RDWR)
                os.pwrite(whole, b'edited', 10_000_000)
                assert os.pread(source, 6, 10_000_000) != b'edited'
                part = os.open('part.bin', os.O_CREAT | os.O_RDWR)
                copy(source, part, 3_000_000, 5_000_001, 0)
                dirty = os.open('dirty.bin', os.O_CREAT | os.O_RDWR)
                os.write(dirty, b'dirty' * 1000)
                copy(source, dirty, size, 0, 0)
                try:
                    os.copy_file_range(whole, whole, 1000, 0, 500)
                    raise AssertionError('overlapping')
                except OSError as e:
                    assert e.errno == 22, e
                for name in ('part.bin', 'dirty.bin', 'whole.bin', 'large.bin'):
                    with open(name, 'rb') as f:
                        assert len(f.read()) == os.stat(name).st_size
                """);
        Path received = received();
        edit(Files.copy(original, received.resolve("expected")), 10_000_000, "edited");
        assertThat(Files.mismatch(received.resolve("whole.bin"), received.resolve("expected")))
                .isEqualTo(-1);
        assertThat(Files.mismatch(received.resolve("dirty.bin"), original)).isEqualTo(-1);
        assertThat(Files.mismatch(received.resolve("large.bin"), original)).isEqualTo(-1);
        byte[] content = Files.readAllBytes(original);
        assertThat(Files.readAllBytes(received.resolve("part.bin")))
                .isEqualTo(java.util.Arrays.copyOfRange(content, 5_000_001, 8_000_001));
    }

    @Test
    void copyAndRemoval_ofTheSourceBeforeAnyPublication_keepsTheContent() throws IOException {
        start("fuse", 5_000_000);
        in("cp", "large.bin", "copy.bin");
        in("mv", "copy.bin", "moved.bin");
        in("rm", "large.bin");
        Path received = received();
        assertThat(Files.mismatch(received.resolve("moved.bin"), original)).isEqualTo(-1);
        try (var files = Files.list(received)) {
            assertThat(files).hasSize(1);
        }
    }

    /** cp reads and copies in pieces: whatever state the writer leaves, the copy is the whole of one of them or refused. */
    @ParameterizedTest
    @CsvSource({"fuse", "jnr-fuse"})
    void cp_whileTheSourceIsReplaced_isOneOrTheOtherVersion(String transport) throws IOException {
        start(transport, 3_000_000);
        Path other = original.resolveSibling("other.bin");
        byte[] content = new byte[3_000_000];
        new Random(2).nextBytes(content);
        Files.write(other, content);
        Command.shell("""
                for i in $(seq 10); do cp large.bin copy-$i.bin; done &
                for i in 1 2 3; do cp "$0" new.tmp; mv new.tmp large.bin; done
                wait
                """.replace("$0", other.toString())).in(mountPoint).runs();
        Path received = received();
        for (int i = 1; i <= 10; i++) {
            Path copy = received.resolve("copy-" + i + ".bin");
            assertThat(Files.mismatch(copy, original) == -1 || Files.mismatch(copy, other) == -1)
                    .as("%s", copy)
                    .isTrue();
        }
        assertThat(Files.mismatch(received.resolve("large.bin"), other)).isEqualTo(-1);
    }

    @Test
    void difference_libfuseCopiesByBytes_andUploadsNothingThatStorageHas() throws IOException {
        start("jnr-fuse", 5_000_000);
        in("cp", "--reflink=auto", "large.bin", "copy.bin");
        assertThat(storageRequests()).anyMatch(r -> r.startsWith("GET /_storage/data/"));
        Path received = received();
        assertThat(storageRequests()).noneMatch(r -> r.startsWith("POST /_storage/v1/xorbs/"));
        assertThat(Files.mismatch(received.resolve("copy.bin"), original)).isEqualTo(-1);
    }
}
