package io.hfmount.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.e2e.live.ControlApi;
import io.hfmount.e2e.live.HubProcess;
import io.hfmount.e2e.live.LiveProcesses;
import io.hfmount.e2e.live.PythonClient;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * A file that the official Python client uploaded is edited through a mount without a download, and after each edit the
 * Python client gets what a native copy with the same edits holds. With both kinds of windows that storage may answer with.
 */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SparseEditsClientTest {
    private static final int SIZE = 24 << 20;
    private static final int EDIT = 4096;
    private static final int MIB = 1 << 20;

    @RegisterExtension
    final LiveProcesses processes = LiveProcesses.ofTest();

    private final Random random = new Random(11);
    private HubProcess hub;
    private PythonClient python;
    private ControlApi api;
    private String mount;
    private Path file;
    private Path copy;

    /** The same change on the mount and on the native copy. */
    @FunctionalInterface
    private interface Change {
        void apply(Path path) throws IOException;
    }

    private static Change inPlace(long position, byte[] bytes) {
        return path -> {
            try (RandomAccessFile open = new RandomAccessFile(path.toFile(), "rw")) {
                open.seek(position);
                open.write(bytes);
            }
        };
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private void start(String windows) throws IOException {
        hub = processes.hub("--windows", windows);
        String bucket = hub.createBucket("edited");
        python = processes.python(hub.url(), hub.token(), bucket);
        copy = processes.newDirectory("native").resolve("file");
        Files.write(copy, bytes(SIZE));
        python.upload(copy, "file");
        file = processes.newDirectory("mount").resolve("file");
        api = processes.sidecar(hub).api();
        mount = api.mounted(
                ControlApi.mountRequest("hf://buckets/" + bucket, file.getParent(), Map.of("flushDebounce", "PT10M")));
    }

    /** Edits, publishes and compares; tells by which route and with how many bytes on the wire it was published. */
    private void edit(String what, Change change, String route, long mostBytes) throws Exception {
        hub.forgetRequests();
        change.apply(file);
        change.apply(copy);
        JsonNode report = api.flush(mount);
        assertThat(report.path("files").path(0).path("route").asString())
                .as("route of %s in %s", what, report)
                .isEqualTo(route);
        long moved = 0;
        for (JsonNode request : hub.requests()) {
            moved += request.path("bytesIn").longValue()
                    + request.path("bytesOut").longValue();
        }
        assertThat(moved).as("bytes on the wire for %s", what).isLessThan(mostBytes);
        Path received = processes.newDirectory("received after " + what);
        python.syncDown(received);
        assertThat(sha256(received.resolve("file"))).as("after %s", what).isEqualTo(sha256(copy));
    }

    private static String sha256(Path path) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(path)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"aligned", "plain"})
    void eachEditOfAForeignFile_isWhatThePythonClientDownloads(String windows) throws Exception {
        start(windows);
        edit("an append", inPlace(SIZE, bytes(1)), "RANGE", SIZE + MIB); // its one segment, unknown here, is read once
        edit("another append", inPlace(SIZE + 1, bytes(1)), "RANGE", MIB);
        byte[][] pieces = new byte[20][];
        long[] positions = new long[pieces.length];
        for (int i = 0; i < pieces.length; i++) {
            pieces[i] = bytes(EDIT);
            positions[i] = random.nextInt(SIZE / EDIT) * (long) EDIT;
        }
        edit(
                "twenty edits",
                path -> {
                    for (int i = 0; i < pieces.length; i++) {
                        inPlace(positions[i], pieces[i]).apply(path);
                    }
                },
                "RANGE",
                SIZE / 2);
        edit(
                "a truncation",
                path -> {
                    try (RandomAccessFile open = new RandomAccessFile(path.toFile(), "rw")) {
                        open.setLength(SIZE / 2 + 77);
                    }
                },
                "RANGE",
                MIB);
        byte[] inserted = bytes(100);
        edit(
                "an editor's save",
                path -> {
                    byte[] old = Files.readAllBytes(path);
                    Path draft = path.resolveSibling("file~");
                    Files.write(draft, Arrays.copyOf(old, old.length / 2));
                    Files.write(draft, inserted, StandardOpenOption.APPEND);
                    Files.write(draft, Arrays.copyOfRange(old, old.length / 2, old.length), StandardOpenOption.APPEND);
                    Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                },
                "FULL",
                SIZE); // half of it is what the editor reads
    }
}
