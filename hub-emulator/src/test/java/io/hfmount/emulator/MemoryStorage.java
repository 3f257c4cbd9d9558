package io.hfmount.emulator;

import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.Router;
import io.hfmount.emulator.storage.StorageRoutes;
import io.hfmount.emulator.storage.StoredFiles;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.hash.XetHashes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A storage half that holds whole files in memory. */
public final class MemoryStorage implements StoredFiles, StorageRoutes {
    private final Map<ContentHash, byte[]> files = new ConcurrentHashMap<>();
    private final Map<ContentHash, byte[]> claims = new ConcurrentHashMap<>();

    /** Registers content under a made-up hash whose words are all {@code number}. */
    public ContentHash put(long number, byte[] content) {
        ContentHash hash = new ContentHash(number, number, number, number);
        files.put(hash, content);
        return hash;
    }

    /** An uploader's wrong word: registered content is said to have this digest. */
    public void claim(ContentHash sha256, byte[] content) {
        claims.put(sha256, content);
    }

    StorageHalf half() {
        return new StorageHalf(this, this, () -> {});
    }

    @Override
    public void register(Router router) {
        router.get(
                "/v1/echo",
                request ->
                        Mono.just(Answer.bytes(200, "text/plain", (request.origin() + router.basePath()).getBytes())));
    }

    @Override
    public OptionalLong sizeOf(ContentHash file) {
        if (file.isZero()) {
            return OptionalLong.of(0);
        }
        byte[] content = files.get(file);
        return content == null ? OptionalLong.empty() : OptionalLong.of(content.length);
    }

    @Override
    public Optional<ContentHash> withSha256(ContentHash sha256) {
        byte[] claimed = claims.get(sha256);
        if (claimed != null) {
            return files.entrySet().stream()
                    .filter(file -> Arrays.equals(file.getValue(), claimed))
                    .map(Map.Entry::getKey)
                    .findFirst();
        }
        return files.entrySet().stream()
                .filter(file -> sha256(file.getValue()).equals(sha256))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** A digest as the Hub names it. */
    public static ContentHash sha256(byte[] content) {
        try {
            return XetHashes.storedSha256(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public Flux<ByteBuf> stream(ContentHash file, ByteRange range) {
        if (range.isEmpty()) {
            return Flux.empty();
        }
        byte[] content = files.get(file);
        List<ByteBuf> pieces = new ArrayList<>();
        for (long at = range.start(); at < range.end(); at += 1000) {
            pieces.add(Unpooled.copiedBuffer(content, (int) at, (int) Math.min(1000, range.end() - at)));
        }
        return Flux.fromIterable(pieces);
    }
}
