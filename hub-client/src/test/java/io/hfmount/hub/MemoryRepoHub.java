package io.hfmount.hub;

import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.model.RemotePath;
import io.hfmount.model.Revision;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A repo in memory that is as strict as the Hub: revisions must exist, paths must be legal, commits never change.
 * Thread-safe. Answers come on the subscribing thread.
 */
public final class MemoryRepoHub implements RepoHub {
    private static final Instant CREATED = Instant.parse("2026-03-01T12:00:00Z");

    /**
     * A file to commit.
     *
     * @param content its bytes
     * @param hash where storage keeps it, null for a file outside Xet storage
     */
    public record Content(byte[] content, @Nullable ContentHash hash) {
        /** A file outside Xet storage. */
        public static Content plain(String text) {
            return new Content(text.getBytes(StandardCharsets.UTF_8), null);
        }

        /** What names it: git's blob id, or sha256 for content in storage. */
        public String etag() {
            byte[] header = ("blob " + content.length + "\0").getBytes(StandardCharsets.UTF_8);
            return hash == null ? digest("SHA-1", header, content) : digest("SHA-256", new byte[0], content);
        }
    }

    private record Commit(String id, Instant time, NavigableMap<String, Content> files) {}

    /** Commits and what names them; its lock guards them. */
    private static final class History {
        private final Map<String, Commit> commits = new HashMap<>();
        private final Map<String, String> references = new HashMap<>();
        private long tokens;
    }

    private final String repoId;
    private final String revision;
    private final History history;

    /**
     * @param repoId {@code OWNER/NAME} or {@code NAME}
     * @param revision what {@link #info()} asks for
     */
    public MemoryRepoHub(String repoId, String revision) {
        this(repoId, revision, new History());
    }

    private MemoryRepoHub(String repoId, String revision, History history) {
        this.repoId = repoId;
        this.revision = revision;
        this.history = history;
    }

    /** The same repo, whose info asks for another revision. */
    public MemoryRepoHub withRevision(String other) {
        return new MemoryRepoHub(repoId, other, history);
    }

    /** Makes a reference name a new commit of exactly these files, and returns the commit's id. */
    public String commit(String reference, Map<String, Content> files) {
        files.keySet().forEach(MemoryRepoHub::requireLegal);
        synchronized (history) {
            int number = history.commits.size();
            String id = digest("SHA-1", new byte[0], (reference + number).getBytes(StandardCharsets.UTF_8));
            history.commits.put(id, new Commit(id, CREATED.plusSeconds(number), new TreeMap<>(files)));
            history.references.put(reference, id);
            return id;
        }
    }

    /** Removes a reference, as the deletion of a branch does; its commits stay. */
    public void removeReference(String reference) {
        synchronized (history) {
            history.references.remove(reference);
        }
    }

    private Commit at(String wanted) {
        if (!Revision.isValid(wanted)) {
            throw new IllegalArgumentException("not a revision of a repo");
        }
        Commit commit;
        synchronized (history) {
            commit = history.commits.get(history.references.getOrDefault(wanted, wanted));
        }
        if (commit == null) {
            throw new HubException(404, false, "RevisionNotFound", "Invalid rev id: " + wanted);
        }
        return commit;
    }

    @Override
    public Mono<RepoInfo> info() {
        return Mono.fromSupplier(() -> {
            Commit commit = at(revision);
            return new RepoInfo(repoId, false, commit.id(), commit.time());
        });
    }

    @Override
    public Flux<RepoEntry> list(String wanted, String directory, boolean recursive) {
        return Flux.defer(() -> {
            if (!directory.isEmpty()) {
                requireLegal(directory);
            }
            return Flux.fromIterable(entries(at(wanted), directory, recursive));
        });
    }

    private static List<RepoEntry> entries(Commit commit, String directory, boolean recursive) {
        List<RepoEntry> entries = new ArrayList<>();
        TreeSet<String> directories = new TreeSet<>();
        for (Map.Entry<String, Content> file : commit.files().entrySet()) {
            String path = file.getKey();
            if (!RemotePath.isBelow(path, directory)) {
                continue;
            }
            for (String parent = RemotePath.parent(path);
                    RemotePath.isBelow(parent, directory);
                    parent = RemotePath.parent(parent)) {
                if (recursive || RemotePath.parent(parent).equals(directory)) {
                    directories.add(parent);
                }
            }
            if (recursive || RemotePath.parent(path).equals(directory)) {
                entries.add(new RepoEntry.File(described(path, file.getValue(), null)));
            }
        }
        directories.forEach(path -> entries.add(new RepoEntry.Directory(path)));
        return entries;
    }

    private static RepoFile described(String path, Content content, @Nullable Instant time) {
        return new RepoFile(path, content.content().length, content.hash(), content.etag(), time);
    }

    @Override
    public Mono<RepoFile> head(String wanted, String path) {
        return Mono.fromSupplier(() -> {
            requireLegal(path);
            Commit commit = at(wanted);
            Content content = commit.files().get(path);
            return content == null ? null : described(path, content, commit.time());
        });
    }

    @Override
    public Mono<Map<String, RepoEntry>> pathsInfo(String wanted, List<String> paths) {
        return Mono.fromSupplier(() -> {
            paths.forEach(MemoryRepoHub::requireLegal);
            Map<String, RepoEntry> found = new HashMap<>();
            for (RepoEntry entry : entries(at(wanted), "", true)) {
                if (paths.contains(entry.path())) {
                    found.put(entry.path(), entry);
                }
            }
            return found;
        });
    }

    @Override
    public Mono<PlainRead> read(String wanted, String path, ByteRange range, @Nullable String unlessEtag) {
        return Mono.fromSupplier(() -> {
            requireLegal(path);
            if (range.isEmpty() || range.length() > MAX_READ) {
                throw new IllegalArgumentException("a read takes 1 to " + MAX_READ + " bytes");
            }
            Content content = at(wanted).files().get(path);
            if (content == null) {
                return null;
            }
            if (content.etag().equals(unlessEtag)) {
                return new PlainRead.NotModified();
            }
            int size = content.content().length;
            int start = (int) Math.min(range.start(), size);
            int end = (int) Math.min(range.end(), size);
            ByteBuffer bytes = ByteBuffer.wrap(java.util.Arrays.copyOfRange(content.content(), start, end));
            return new PlainRead.Content(bytes.asReadOnlyBuffer(), size, content.etag());
        });
    }

    @Override
    public Mono<StorageToken> storageToken(String wanted) {
        return Mono.fromSupplier(() -> {
            at(wanted);
            synchronized (history) {
                history.tokens++;
                return new StorageToken("http://127.0.0.1:1", "read-" + history.tokens, Instant.MAX.minusSeconds(1));
            }
        });
    }

    private static void requireLegal(String path) {
        if (!RemotePath.isValid(path)) {
            throw new IllegalArgumentException("not a path in a repo: it has an empty, '.' or '..' segment");
        }
    }

    private static String digest(String algorithm, byte[] head, byte[] body) {
        try {
            MessageDigest digest = MessageDigest.getInstance(algorithm);
            digest.update(head);
            return HexFormat.of().formatHex(digest.digest(body));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
