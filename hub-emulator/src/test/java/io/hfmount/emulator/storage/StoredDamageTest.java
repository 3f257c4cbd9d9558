package io.hfmount.emulator.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.vectors.VectorInput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Crashes and damaged disks: what was acknowledged is there, what is damaged is never served. */
class StoredDamageTest {
    @TempDir
    private Path directory;

    private StorageServer server;
    private SampleFile file;

    @BeforeEach
    void start() throws Exception {
        server = StorageServer.start(directory.resolve("live"));
        file = SampleFile.of(VectorInput.random(9, 300_000), 1_000_000);
        server.store(file);
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    /** Opens a copy of the directory as it is now, without the server having ended. */
    private void crash() throws Exception {
        Path copy = directory.resolve("copy");
        try (Stream<Path> all = Files.walk(directory.resolve("live"))) {
            for (Path path : all.toList()) {
                Files.copy(path, copy.resolve(directory.resolve("live").relativize(path)));
            }
        }
        server.close();
        server = StorageServer.start(copy);
    }

    private Path object(String kind) throws IOException {
        try (Stream<Path> all = Files.walk(directory.resolve("live").resolve(kind))) {
            List<Path> files = all.filter(Files::isRegularFile).toList();
            assertThat(files).hasSize(1);
            return files.getFirst();
        }
    }

    /** Flips a byte, counted from the end if negative, and starts anew so that nothing is cached. */
    private void damage(String kind, int at) throws Exception {
        Path path = object(kind);
        byte[] bytes = Files.readAllBytes(path);
        bytes[at < 0 ? bytes.length + at : at] ^= 1;
        Files.write(path, bytes);
        crash();
    }

    private int reconstruct() {
        return server.get("/v2/reconstructions/" + file.entry().hash()).statusCode();
    }

    private Long read() {
        return server.service().stream(file.entry().hash(), new ByteRange(0, 300_000))
                .map(piece -> {
                    long length = piece.readableBytes();
                    piece.release();
                    return length;
                })
                .reduce(0L, Long::sum)
                .block();
    }

    private int chunkQuery() {
        ContentHash chunk = file.xorbs().getFirst().index().chunks().getFirst().hash();
        return server.get("/v1/chunks/default/" + chunk).statusCode();
    }

    @Test
    void crashAfterTheAnswer_losesNothing() throws Exception {
        crash();
        assertThat(reconstruct()).isEqualTo(200);
        assertThat(read()).isEqualTo(300_000);
        assertThat(chunkQuery()).isEqualTo(200);
    }

    @Test
    void damagedChunk_isNotServedAsContent() throws Exception {
        damage("xorbs", 1_000);
        assertThat(reconstruct()).isEqualTo(200);
        assertThatThrownBy(this::read).hasMessageContaining("does not have its hash");
    }

    @Test
    void damagedFooter_answers500UntilTheXorbIsUploadedAgain() throws Exception {
        damage("xorbs", -100);
        assertThat(reconstruct()).isEqualTo(500);
        assertThatThrownBy(this::read).hasMessageContaining("is damaged");
        assertThat(StorageServer.text(server.upload(file.xorbs().getFirst()))).contains("true");
        assertThat(reconstruct()).isEqualTo(200);
        assertThat(read()).isEqualTo(300_000);
    }

    @Test
    void damagedRegistration_answers500UntilItIsRepeated() throws Exception {
        damage("files", 60);
        assertThat(reconstruct()).isEqualTo(500);
        assertThatThrownBy(this::read).hasMessageContaining("checksum");
        assertThat(server.register(List.of(file.entry()), file.xorbEntries()).statusCode())
                .isEqualTo(200);
        assertThat(reconstruct()).isEqualTo(200);
    }

    @Test
    void tornDedupEntries_areNoEntries() throws Exception {
        Files.write(object("chunks"), new byte[0]);
        Files.write(object("marks"), new byte[0]);
        crash();
        assertThat(chunkQuery()).isEqualTo(404);
        assertThat(server.register(List.of(file.entry()), file.xorbEntries()).statusCode())
                .isEqualTo(200);
        assertThat(chunkQuery()).isEqualTo(200);
    }

    @Test
    void entryOfAnotherXorb_isNotBelieved() throws Exception {
        Path pointer = object("chunks");
        byte[] bytes = Files.readAllBytes(pointer);
        bytes[32] = 1; // the second chunk of the xorb
        Files.write(pointer, bytes);
        crash();
        assertThat(chunkQuery()).isEqualTo(404);
    }

    @Test
    void truncatedXorb_isNotServed() throws Exception {
        Path path = object("xorbs");
        Files.write(path, Arrays.copyOf(Files.readAllBytes(path), 5_000));
        crash();
        assertThat(reconstruct()).isEqualTo(500);
        assertThat(new String(
                        server.get("/v2/reconstructions/" + file.entry().hash()).body(), StandardCharsets.UTF_8))
                .doesNotContain(directory.toString());
    }
}
