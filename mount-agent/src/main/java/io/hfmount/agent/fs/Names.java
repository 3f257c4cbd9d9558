package io.hfmount.agent.fs;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.model.RemotePath;
import java.util.Set;

/** Which names are refused (mount-semantics §2.0). Stateless. */
final class Names {
    private static final Set<String> OS_JUNK =
            Set.of(".DS_Store", ".Spotlight-V100", ".Trashes", ".fseventsd", "__MACOSX", "Thumbs.db", "desktop.ini");

    private Names() {}

    /** Checks a name that is only looked at. */
    static void check(String name) throws FsException {
        if (RemotePath.utf8Length(name) > RemotePath.MAX_SEGMENT_BYTES) {
            throw new FsException(Errno.ENAMETOOLONG, "a name has at most 255 bytes");
        }
        if (!RemotePath.isValidSegment(name)) {
            throw new FsException(Errno.EINVAL, "not a name");
        }
    }

    /** Checks a name that is about to be made. */
    static void checkNew(String name, FsSettings settings) throws FsException {
        check(name);
        if (settings.filterOsFiles() && (OS_JUNK.contains(name) || name.startsWith("._"))) {
            throw new FsException(
                    Errno.EACCES, "'" + name + "' is desktop litter; set filterOsFiles to false to allow it");
        }
    }
}
