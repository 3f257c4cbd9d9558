package io.hfmount.agent.flush;

import io.hfmount.hub.MemoryBucketHub;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.ChunkRun;
import io.hfmount.xet.ContentSource;
import io.hfmount.xet.ContentStore;
import io.hfmount.xet.Edit;
import io.hfmount.xet.LocalBase;
import io.hfmount.xet.Reconstruction;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/**
 * Storage that knows content by its text and registers it with the hub when a session is finished, never before. Faults
 * are scripted by content. For one thread.
 */
final class FakeStore implements ContentStore {
    private final MemoryBucketHub hub;
    final List<Session> sessions = new ArrayList<>();
    private final Map<String, Deque<Function<Mono<UploadedContent>, Mono<UploadedContent>>>> addScript =
            new HashMap<>();
    private final List<ContentSource> sources = new ArrayList<>();
    private final Deque<Function<Mono<Long>, Mono<Long>>> finishScript = new ArrayDeque<>();
    /** Session finishes fail while a session holds this content. */
    String poison;

    FakeStore(MemoryBucketHub hub) {
        this.hub = hub;
    }

    static ContentHash hash(String content) {
        return content.isEmpty()
                ? ContentHash.ZERO
                : new ContentHash(content.hashCode(), content.length(), 7, content.charAt(0));
    }

    /** The next add of {@code content} goes through {@code fault}. */
    void nextAdd(String content, Function<Mono<UploadedContent>, Mono<UploadedContent>> fault) {
        addScript.computeIfAbsent(content, c -> new ArrayDeque<>()).add(fault);
    }

    void failNextAdd(String content, StorageException.Kind kind) {
        nextAdd(content, add -> Mono.error(new StorageException(kind, "scripted " + kind)));
    }

    void nextFinish(Function<Mono<Long>, Mono<Long>> fault) {
        finishScript.add(fault);
    }

    /** Reads everything once more, as a session does whose shard was refused. */
    void readAgain() {
        sources.forEach(FakeStore::read);
    }

    void failNextFinish(StorageException.Kind kind) {
        nextFinish(finish -> Mono.error(new StorageException(kind, "scripted " + kind)));
    }

    @Override
    public UploadSession newUploadSession() {
        Session session = new Session();
        sessions.add(session);
        return session;
    }

    @Override
    public Mono<Reconstruction> reconstruct(ContentHash file, ByteRange range) {
        throw new AssertionError("a flush reads nothing");
    }

    @Override
    public Mono<ChunkRun> fetch(Reconstruction.Fetch fetch, Reconstruction origin) {
        throw new AssertionError("a flush reads nothing");
    }

    @Override
    public boolean knows(ContentHash file, long size) {
        return false;
    }

    /** One session and what happened to it. */
    final class Session implements UploadSession {
        final List<String> contents = new ArrayList<>();
        boolean finished;
        boolean aborted;

        @Override
        public Mono<UploadedContent> add(ContentSource source) {
            return Mono.defer(() -> {
                assertOpen();
                String content = read(source);
                contents.add(content);
                sources.add(source);
                Mono<UploadedContent> normal =
                        Mono.just(new UploadedContent(hash(content), content.length(), content.length(), 0));
                Deque<Function<Mono<UploadedContent>, Mono<UploadedContent>>> script = addScript.get(content);
                return script == null || script.isEmpty()
                        ? normal
                        : script.poll().apply(normal);
            });
        }

        @Override
        public Mono<UploadedContent> compose(ContentHash base, long baseSize, List<Edit> edits, LocalBase local) {
            return Mono.defer(() -> {
                String content = sessions.stream()
                        .filter(session -> session.finished)
                        .flatMap(session -> session.contents.stream())
                        .filter(text -> hash(text).equals(base) && text.length() == baseSize)
                        .findFirst()
                        .orElseThrow(() -> new StorageException(StorageException.Kind.NOT_FOUND, "unknown " + base));
                StringBuilder edited = new StringBuilder(content);
                for (Edit edit : edits.reversed()) {
                    edited.replace((int) edit.start(), (int) edit.end(), read(edit.data()));
                }
                byte[] bytes = edited.toString().getBytes(StandardCharsets.UTF_8);
                return add(new BytesSource(bytes));
            });
        }

        private void assertOpen() {
            if (finished || aborted) {
                throw new AssertionError("the session has ended");
            }
        }

        @Override
        public Mono<Long> finish() {
            return Mono.defer(() -> {
                assertOpen();
                Mono<Long> normal = Mono.fromSupplier(() -> {
                    finished = true;
                    contents.forEach(content -> hub.register(hash(content), content.length()));
                    return 1L;
                });
                if (poison != null && contents.contains(poison)) {
                    return Mono.error(new StorageException(StorageException.Kind.REJECTED, "a poisonous shard"));
                }
                return finishScript.isEmpty() ? normal : finishScript.poll().apply(normal);
            });
        }

        @Override
        public void abort() {
            aborted = true;
        }
    }

    private record BytesSource(byte[] bytes) implements ContentSource {
        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public int read(long position, ByteBuffer target) {
            int count = (int) Math.min(target.remaining(), bytes.length - position);
            target.put(bytes, (int) position, count);
            return count;
        }
    }

    private static String read(ContentSource source) {
        ByteBuffer buffer = ByteBuffer.allocate((int) source.size());
        try {
            while (buffer.hasRemaining()) {
                if (source.read(buffer.position(), buffer) <= 0) {
                    throw new AssertionError("a short source");
                }
            }
        } catch (IOException e) {
            throw new StorageException(StorageException.Kind.SOURCE, "reading the source", e);
        }
        return new String(buffer.array(), StandardCharsets.UTF_8);
    }
}
