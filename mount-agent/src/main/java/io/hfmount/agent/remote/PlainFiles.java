package io.hfmount.agent.remote;

import io.hfmount.agent.content.PlainSource;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.hub.HubException;
import io.hfmount.hub.PlainRead;
import io.hfmount.hub.RepoFile;
import io.hfmount.hub.RepoHub;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.retry.Retry;

/**
 * The files of a repo that are outside Xet storage. Each version of one gets an identity that stands where a content hash
 * stands for other files: a digest of path, size and ETag. It names bytes for one mount that never writes, and goes
 * nowhere else.
 *
 * <p>What an identity means is remembered as long as somebody holds it, so the memory is that of the inodes and handles.
 * Bytes are read at the newest commit at which the version was seen, hence never those of another version. A whole file
 * is held to its ETag, if that is a git blob id or a SHA-256. Thread-safe.
 */
public final class PlainFiles implements PlainSource {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");

    /** One version. */
    private static final class Version {
        final WeakReference<ContentHash> identity;
        final String path;
        final long size;
        final @Nullable String etag;
        volatile String commit;

        Version(ContentHash identity, RepoFile file, String commit) {
            this.identity = new WeakReference<>(identity);
            this.path = file.path();
            this.size = file.size();
            this.etag = file.etag();
            this.commit = commit;
        }
    }

    private final RepoHub repo;
    private final Duration timeout;
    private final int attempts;
    private final Scheduler timer;
    /** Guarded by itself. A value holds its key weakly. */
    private final Map<ContentHash, Version> versions = new WeakHashMap<>();

    /**
     * @param repo where they are
     * @param timeout longest wait for one answer; zero for none (H-44b)
     * @param attempts how often a read is tried, at least 1
     * @param timer clock of the time-outs
     */
    public PlainFiles(RepoHub repo, Duration timeout, int attempts, Scheduler timer) {
        this.repo = repo;
        this.timeout = timeout;
        this.attempts = attempts;
        this.timer = timer;
    }

    /**
     * The identity of a version.
     *
     * @param file outside Xet storage, of known size
     * @param commit at which it is
     * @return the one object for it: as long as it is held, {@link #knows} it
     */
    public ContentHash identify(RepoFile file, String commit) {
        ContentHash fresh = digest(file, commit);
        synchronized (versions) {
            Version known = versions.get(fresh);
            ContentHash held = known == null ? null : known.identity.get();
            if (known != null && held != null) {
                known.commit = commit;
                return held;
            }
            versions.remove(fresh); // its key is about to be collected and would take the new entry along
            versions.put(fresh, new Version(fresh, file, commit));
            return fresh;
        }
    }

    /** Whether {@code identity} is one of {@link #identify}. */
    public boolean knows(ContentHash identity) {
        return find(identity) != null;
    }

    private @Nullable Version find(ContentHash identity) {
        synchronized (versions) {
            return versions.get(identity);
        }
    }

    /** Without an ETag only the commit tells versions apart. */
    private static ContentHash digest(RepoFile file, String commit) {
        String version = file.etag() == null ? "commit " + commit : "etag " + file.etag();
        String text = "plain\0" + version + "\0" + file.size() + "\0" + file.path();
        return ContentHash.fromRaw(digest("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public Mono<ByteBuffer> read(ContentHash identity, ByteRange range) {
        return Mono.defer(() -> {
                    Version version = find(identity);
                    if (version == null) {
                        return Mono.error(new FsException(Errno.EIO, "content outside Xet storage that nobody holds"));
                    }
                    return once(version, range);
                })
                .retryWhen(Retry.backoff(attempts - 1L, FIRST_PAUSE).filter(PlainFiles::mayPass))
                .onErrorMap(PlainFiles::asErrno);
    }

    private Mono<ByteBuffer> once(Version version, ByteRange range) {
        Mono<ByteBuffer> answer = repo.read(version.commit, version.path, range, null)
                .switchIfEmpty(Mono.error(() -> wrong(version, "the file is gone")))
                .map(read -> checked(version, range, read));
        return timeout.isZero() ? answer : answer.timeout(timeout, timer);
    }

    /** Bytes that are not surely the right ones are an error, never served. */
    private static ByteBuffer checked(Version version, ByteRange range, PlainRead read) {
        if (!(read instanceof PlainRead.Content content)) {
            throw wrong(version, "no bytes came");
        }
        if (content.size() != version.size) {
            throw wrong(version, "the file has " + content.size() + " bytes where " + version.size + " are expected");
        }
        if (version.etag != null && content.etag() != null && !version.etag.equals(content.etag())) {
            throw wrong(version, "the answer is of another version");
        }
        if (content.bytes().remaining() != range.length()) {
            throw wrong(version, content.bytes().remaining() + " bytes came where " + range.length() + " are expected");
        }
        if (range.length() == version.size && !matchesEtag(version, content.bytes())) {
            throw wrong(version, "the bytes do not have the digest that the Hub names");
        }
        return content.bytes();
    }

    private static boolean matchesEtag(Version version, ByteBuffer bytes) {
        String etag = version.etag;
        if (etag == null || !DIGEST.matcher(etag).matches()) {
            return true;
        }
        int length = etag.length();
        MessageDigest digest = digest(length == 40 ? "SHA-1" : "SHA-256");
        if (length == 40) { // a git blob id
            digest.update(("blob " + version.size + "\0").getBytes(StandardCharsets.US_ASCII));
        }
        digest.update(bytes.duplicate());
        return HexFormat.of().formatHex(digest.digest()).equals(etag);
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has " + algorithm, e);
        }
    }

    private static DamagedAnswerException wrong(Version version, String what) {
        return new DamagedAnswerException("'" + version.path + "' at commit " + version.commit + ": " + what);
    }

    private static boolean mayPass(Throwable failure) {
        return failure instanceof DamagedAnswerException
                || failure instanceof TimeoutException
                || (failure instanceof HubException hub && hub.isTransient());
    }

    /** A read answers EIO for whatever is not a matter of permission. */
    private static FsException asErrno(Throwable failure) {
        Throwable cause = failure.getCause() != null && reactor.core.Exceptions.isRetryExhausted(failure)
                ? failure.getCause()
                : failure;
        FsException known = ErrnoTable.content("reading over HTTP", cause);
        return known.errno() == Errno.EACCES || known.errno() == Errno.EIO
                ? known
                : new FsException(Errno.EIO, String.valueOf(known.getMessage()), cause);
    }

    /** An answer that is not what was asked for. */
    private static final class DamagedAnswerException extends RuntimeException {
        @java.io.Serial
        private static final long serialVersionUID = 1L;

        DamagedAnswerException(String message) {
            super(message);
        }
    }
}
