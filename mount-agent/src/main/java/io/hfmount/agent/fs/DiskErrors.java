package io.hfmount.agent.fs;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import java.io.IOException;
import java.util.Locale;

/** Failures of the local disk as errno. */
final class DiskErrors {
    private DiskErrors() {}

    static FsException toFs(IOException e, String what) {
        String text = String.valueOf(e.getMessage());
        String lower = text.toLowerCase(Locale.ROOT);
        Errno errno;
        if (lower.contains("no space left")) {
            errno = Errno.ENOSPC;
        } else if (lower.contains("quota")) {
            errno = Errno.EDQUOT;
        } else if (lower.contains("too large")) {
            errno = Errno.EFBIG;
        } else {
            errno = Errno.EIO;
        }
        return new FsException(errno, what + ": " + text, e);
    }
}
