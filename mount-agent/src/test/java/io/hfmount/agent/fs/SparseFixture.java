package io.hfmount.agent.fs;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.OpenFlags;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/**
 * A published file {@code a} that is edited sparsely from ten bytes on. The Hub is strict about bases and pads nothing
 * (H-82).
 */
abstract class SparseFixture {
    static final String BASE = "abcdefghijklmnopqrstuvwxyz";

    final FsHarness fs = new FsHarness(FsSettings.defaults(0, 0).withSparseMinSize(10));

    @AfterEach
    void close() {
        fs.close();
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    void remote(String text) {
        fs.hub.put("a", bytes(text));
    }

    long openBase() throws FsException {
        remote(BASE);
        fs.fs.preload();
        return fs.open("a", OpenFlags.READ_WRITE);
    }

    String read(long handle) throws FsException {
        return new String(fs.read(handle, 0, 100), StandardCharsets.UTF_8);
    }

    String read(long handle, long offset, int length) throws FsException {
        return new String(fs.read(handle, offset, length), StandardCharsets.UTF_8);
    }

    void write(long handle, long offset, String text) throws FsException {
        fs.write(handle, offset, bytes(text));
    }

    String published() {
        byte[] content = fs.hub.bytes("a");
        return content == null ? "" : new String(content, StandardCharsets.UTF_8);
    }

    Instant publishedMtime() {
        return fs.hub.files.get("a").mtime();
    }

    List<String> calls(String kind) {
        return fs.hub.calls.stream().filter(c -> c.startsWith(kind)).toList();
    }

    void assertNothingDownloaded() {
        assertThat(calls("GET")).isEmpty();
        assertThat(calls("READ")).isEmpty();
    }

    List<Path> stagingFiles(String names) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(fs.area.directory(), names)) {
            files.forEach(found::add);
        }
        return found;
    }

    void flush(UploadRoute expected) {
        int before = fs.flush.routes.size();
        fs.flush.flushAll();
        assertThat(fs.flush.routes.subList(before, fs.flush.routes.size())).containsExactly(expected);
    }

    SealedEdit sealedEdit() throws FsException {
        try (SealedFile sealed = fs.flush.publication.seal(fs.walk("a").ino()).orElseThrow()) {
            return sealed.edit();
        }
    }
}
