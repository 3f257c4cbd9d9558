package io.hfmount.agent.remote;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.hub.HubException;
import io.hfmount.xet.StorageException;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.TimeoutException;

/**
 * The one table that turns failures of the Hub and of storage into errno (mount-semantics §2.0). Two columns: calls on
 * names and attributes answer EAGAIN for trouble that passes, calls on content answer EIO, because programs take EAGAIN
 * from read, write, fsync and close for non-blocking I/O.
 */
public final class ErrnoTable {
    private ErrnoTable() {}

    /** What a call on names or attributes (lookup, getattr, readdir, rename, open) answers. */
    public static Errno ofMetadata(Throwable failure) {
        return isTransient(failure) ? Errno.EAGAIN : lasting(failure);
    }

    /** What a call on content (read, write, fsync, close) answers. */
    public static Errno ofContent(Throwable failure) {
        return isTransient(failure) ? Errno.EIO : lasting(failure);
    }

    /** {@link #ofMetadata} as an exception; an {@link FsException} passes unchanged. */
    public static FsException metadata(String what, Throwable failure) {
        return failure instanceof FsException known
                ? known
                : new FsException(ofMetadata(failure), sentence(what, failure), failure);
    }

    /** {@link #ofContent} as an exception; an {@link FsException} passes unchanged. */
    public static FsException content(String what, Throwable failure) {
        return failure instanceof FsException known
                ? known
                : new FsException(ofContent(failure), sentence(what, failure), failure);
    }

    /** What a single refused operation of a batch means, told by its text alone (H-53). */
    public static Errno ofRefusal(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        if (lower.contains("quota")) {
            return Errno.EDQUOT;
        }
        if (lower.contains("storage limit") || lower.contains("insufficient storage")) {
            return Errno.ENOSPC;
        }
        return lower.contains("permission") || lower.contains("forbidden") ? Errno.EACCES : Errno.EIO;
    }

    /** Whether repeating later can help without anybody's doing. */
    public static boolean isTransient(Throwable failure) {
        return switch (failure) {
            case HubException hub -> hub.isTransient();
            case StorageException storage ->
                storage.kind() == StorageException.Kind.UNAVAILABLE || storage.kind() == StorageException.Kind.TIMEOUT;
            case TimeoutException _ -> true;
            default -> false;
        };
    }

    /** Whether the token was not accepted: nothing will work until it changes. */
    public static boolean isUnauthorized(Throwable failure) {
        return switch (failure) {
            case HubException hub -> hub.status() == 401;
            case StorageException storage -> storage.kind() == StorageException.Kind.UNAUTHORIZED;
            default -> false;
        };
    }

    /** Whether {@code errno} says that the file cannot be published without outside help: quota or permission. */
    public static boolean needsOutsideHelp(Errno errno) {
        return errno == Errno.ENOSPC || errno == Errno.EDQUOT || errno == Errno.EACCES;
    }

    private static Errno lasting(Throwable failure) {
        return switch (failure) {
            case FsException known -> known.errno();
            case HubException hub -> ofStatus(hub);
            case StorageException storage ->
                switch (storage.kind()) {
                    case UNAUTHORIZED, FORBIDDEN -> Errno.EACCES;
                    case NO_SPACE -> noSpace(storage);
                    case NOT_FOUND, REJECTED, CORRUPT, SOURCE, UNAVAILABLE, TIMEOUT -> Errno.EIO;
                };
            case IOException io when noSpaceLeft(io) -> Errno.ENOSPC;
            default -> Errno.EIO;
        };
    }

    private static Errno ofStatus(HubException hub) {
        return switch (hub.status()) {
            case 404 -> Errno.ENOENT;
            case 401, 403 -> Errno.EACCES;
            case 413, 507 -> noSpace(hub);
            default -> Errno.EIO;
        };
    }

    private static Errno noSpace(Throwable failure) {
        String message = failure.getMessage();
        return message != null && message.toLowerCase(Locale.ROOT).contains("quota") ? Errno.EDQUOT : Errno.ENOSPC;
    }

    private static boolean noSpaceLeft(IOException failure) {
        String message = failure.getMessage();
        return message != null && message.contains("No space left");
    }

    private static String sentence(String what, Throwable failure) {
        String reason = failure.getMessage();
        return what + ": " + (reason == null ? failure.getClass().getSimpleName() : reason);
    }
}
