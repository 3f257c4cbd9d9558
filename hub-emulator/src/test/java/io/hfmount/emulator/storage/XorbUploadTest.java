package io.hfmount.emulator.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.emulator.auth.Scope;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.chunk.Chunker;
import io.hfmount.xet.compress.Scheme;
import io.hfmount.xet.vectors.VectorInput;
import io.hfmount.xet.vectors.Vectors;
import io.hfmount.xet.xorb.SerializedXorb;
import io.hfmount.xet.xorb.XorbParser;
import io.hfmount.xet.xorb.XorbWriter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Xorb uploads: strict validation, one stored object for ever, nothing left behind (xet-protocol §6.4). */
class XorbUploadTest {
    @TempDir
    private Path directory;

    private StorageServer server;

    @BeforeEach
    void start() throws Exception {
        server = StorageServer.start(directory);
    }

    @AfterEach
    void stop() throws Exception {
        assertThat(filesIn("tmp")).as("temporary files").isEmpty();
        server.close();
    }

    private List<Path> filesIn(String folder) throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve(folder))) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    static List<JsonNode> valid() {
        return Vectors.cases("xorb.json").stream().filter(c -> c.has("file")).toList();
    }

    static List<JsonNode> invalid() {
        return Vectors.list("xorb.json", "invalid");
    }

    @ParameterizedTest
    @MethodSource("valid")
    void validVector_isStoredWithAVersion1Footer(JsonNode c) throws Exception {
        byte[] bytes = Vectors.bytes(path(c));
        ContentHash hash = ContentHash.parse(c.get("hash").asString());
        assertThat(inserted(server.upload(hash, bytes))).isTrue();
        assertThat(inserted(server.upload(hash, bytes))).isFalse();
        assertThat(server.head("/v1/xorbs/default/" + hash).statusCode()).isEqualTo(200);
        byte[] object = Files.readAllBytes(filesIn("xorbs").getFirst());
        assertThat(XorbParser.validate(hash, object).hash()).isEqualTo(hash);
        assertThat(new String(object, StandardCharsets.ISO_8859_1)).contains("XETBLOB\1");
    }

    @ParameterizedTest
    @MethodSource("invalid")
    void invalidVector_isRefused(JsonNode c) throws Exception {
        ContentHash hash = ContentHash.parse(c.get("expected_hash").asString());
        HttpResponse<byte[]> response = server.upload(hash, Vectors.bytes(path(c)));
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(StorageServer.text(response)).contains("is refused: ");
        assertThat(server.head("/v1/xorbs/default/" + hash).statusCode()).isEqualTo(404);
        assertThat(filesIn("xorbs")).isEmpty();
    }

    private static String path(JsonNode c) {
        String file = c.get("file").asString();
        return file.startsWith("xorb/") ? file : "xorb/" + file;
    }

    @Test
    void otherCompressionOfAStoredXorb_doesNotReplaceIt() throws Exception {
        SerializedXorb plain = xorb(Scheme.NONE);
        SerializedXorb packed = xorb(Scheme.LZ4);
        assertThat(packed.length()).isLessThan(plain.length());
        assertThat(inserted(server.upload(plain))).isTrue();
        byte[] object = Files.readAllBytes(filesIn("xorbs").getFirst());
        assertThat(inserted(server.upload(packed))).isFalse();
        assertThat(Files.readAllBytes(filesIn("xorbs").getFirst())).isEqualTo(object);
    }

    private static SerializedXorb xorb(Scheme scheme) {
        byte[] text = VectorInput.text(5, 200_000);
        for (int i = 5_000; i < text.length; i++) {
            text[i] = text[i - 5_000]; // something to compress
        }
        return SampleFile.of(text, Chunker.chunksOf(text), 1_000_000, XorbWriter.fixed(scheme))
                .xorbs()
                .getFirst();
    }

    @Test
    void concurrentUploadsOfOneXorb_storeItOnce() throws Exception {
        SerializedXorb plain = xorb(Scheme.NONE);
        SerializedXorb packed = xorb(Scheme.LZ4);
        List<CompletableFuture<Boolean>> uploads = IntStream.range(0, 12)
                .mapToObj(i ->
                        CompletableFuture.supplyAsync(() -> inserted(server.upload(i % 2 == 0 ? plain : packed))))
                .toList();
        long inserted = uploads.stream().filter(CompletableFuture::join).count();
        assertThat(inserted).isEqualTo(1);
        byte[] object = Files.readAllBytes(filesIn("xorbs").getFirst());
        assertThat(XorbParser.validate(plain.index().hash(), object).count())
                .isEqualTo(plain.index().count());
    }

    @Test
    void tooLargeXorb_is413WhateverItAnnounces() throws Exception {
        server.close();
        server = StorageServer.start(directory, StorageSettings.defaults().withLimits(1_000, 1_000));
        SerializedXorb xorb = xorb(Scheme.NONE);
        String path = "/v1/xorbs/default/" + xorb.index().hash();
        assertThat(server.upload(xorb).statusCode()).isEqualTo(413);
        assertThat(server.send(
                                "POST",
                                path,
                                BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(xorb.bytes())),
                                Scope.WRITE)
                        .statusCode())
                .isEqualTo(413);
    }

    @Test
    void badPathsAndScopes_areRefused() {
        SerializedXorb xorb = xorb(Scheme.NONE);
        String hash = xorb.index().hash().text();
        assertThat(server.send("POST", "/v1/xorbs/default/123", xorb.bytes()).statusCode())
                .isEqualTo(400);
        assertThat(server.send("POST", "/v1/xorbs/De_fault/" + hash, xorb.bytes())
                        .statusCode())
                .isEqualTo(400);
        assertThat(server.send(
                                "POST",
                                "/v1/xorbs/default/" + hash,
                                BodyPublishers.ofByteArray(xorb.bytes()),
                                Scope.READ)
                        .statusCode())
                .isEqualTo(403);
        assertThat(server.head("/v1/xorbs/default/" + hash).statusCode()).isEqualTo(404);
    }

    @Test
    void leftoversOfACrash_areRemovedAtTheNextStart() throws Exception {
        server.close();
        Files.write(directory.resolve("tmp/1"), new byte[100]);
        server = StorageServer.start(directory);
        assertThat(filesIn("tmp")).isEmpty();
        assertThat(inserted(server.upload(xorb(Scheme.NONE)))).isTrue();
    }

    @Test
    void directoryInUse_isNotOpenedTwice() {
        assertThatThrownBy(() -> StorageServer.start(directory)).hasMessageContaining("in use by another Hub");
    }

    private boolean inserted(HttpResponse<byte[]> response) {
        return server.json(response).get("was_inserted").asBoolean();
    }
}
