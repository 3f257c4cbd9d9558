package io.hfmount.transport.jnr;

import io.hfmount.agent.vfs.AttributeChange;
import io.hfmount.agent.vfs.Attributes;
import io.hfmount.agent.vfs.Caller;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FileKind;
import io.hfmount.agent.vfs.FileSystem;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.transport.jnr.PathNodes.Found;
import io.hfmount.transport.jnr.PathNodes.Node;
import io.hfmount.transport.jnr.PathNodes.Place;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.function.Supplier;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;

/** The operations that libfuse calls by path. Each answers 0 or throws. Thread-safe. */
final class NameOperations {
    private static final int S_IFMT = 0170000;
    private static final int S_IFREG = 0100000;
    private static final int PERMISSIONS = 07777;

    private final FileSystem fileSystem;
    private final PathNodes nodes;
    private final OpenFiles openFiles;
    private final DeferredUnlinks unlinks;
    private final Supplier<Caller> caller;

    NameOperations(
            FileSystem fileSystem,
            PathNodes nodes,
            OpenFiles openFiles,
            DeferredUnlinks unlinks,
            Supplier<Caller> caller) {
        this.fileSystem = fileSystem;
        this.nodes = nodes;
        this.openFiles = openFiles;
        this.unlinks = unlinks;
        this.caller = caller;
    }

    int getattr(String path, Pointer stat) throws FsException {
        unlinks.settle();
        Found found = nodes.pinFresh(path);
        nodes.unpin(found.node());
        NativeStructs.putStat(stat, found.attributes());
        return 0;
    }

    int readlink(String path, Pointer buffer, long size) throws FsException {
        unlinks.settle();
        Node node = nodes.pin(path);
        try {
            byte[] target = fileSystem.readlink(node.ino()).getBytes(StandardCharsets.UTF_8);
            if (target.length >= size) {
                throw new FsException(Errno.ENAMETOOLONG, "link target of " + target.length + " bytes");
            }
            MemorySegment out = NativeStructs.memory(buffer, size);
            MemorySegment.copy(target, 0, out, ValueLayout.JAVA_BYTE, 0, target.length);
            out.set(ValueLayout.JAVA_BYTE, target.length, (byte) 0);
            return 0;
        } finally {
            nodes.unpin(node);
        }
    }

    int mknod(String path, long mode) throws FsException {
        if ((mode & S_IFMT) != S_IFREG && (mode & S_IFMT) != 0) {
            throw new FsException(Errno.EPERM, "only regular files can be made");
        }
        return make(path, at -> fileSystem.mknod(at.parent(), at.name(), (int) mode & PERMISSIONS, caller.get()));
    }

    int mkdir(String path, long mode) throws FsException {
        return make(path, at -> fileSystem.mkdir(at.parent(), at.name(), (int) mode & PERMISSIONS, caller.get()));
    }

    int symlink(String target, String path) throws FsException {
        if (target.indexOf('\uFFFD') >= 0) {
            throw new FsException(Errno.EILSEQ, "the target is not UTF-8, or holds the character U+FFFD");
        }
        return make(path, at -> fileSystem.symlink(at.parent(), at.name(), target, caller.get()));
    }

    int link(String existing, String path) throws FsException {
        unlinks.settle();
        Node source = nodes.pin(existing);
        try {
            return make(path, at -> fileSystem.link(source.ino(), at.parent(), at.name()));
        } finally {
            nodes.unpin(source);
        }
    }

    int unlink(String path) throws FsException {
        unlinks.settle();
        Place place = nodes.parentOf(path);
        try {
            EntryName name = place.name();
            if (name.isPrivate()) {
                Node hidden = nodes.pin(path);
                nodes.unhide(hidden.ino());
                nodes.unpin(hidden);
                return 0;
            }
            try {
                fileSystem.unlink(name.parent(), name.name());
            } finally {
                nodes.drop(name);
            }
            return 0;
        } finally {
            nodes.unpin(place.directory());
        }
    }

    int rmdir(String path) throws FsException {
        unlinks.settle();
        Place place = nodes.parentOf(path);
        try {
            EntryName name = place.name();
            try {
                fileSystem.rmdir(name.parent(), name.name());
            } finally {
                nodes.drop(name);
            }
            return 0;
        } finally {
            nodes.unpin(place.directory());
        }
    }

    int rename(String from, String to) throws FsException {
        Place source = nodes.parentOf(from);
        try {
            Place target = nodes.parentOf(to);
            try {
                if (target.name().isPrivate()) {
                    hide(source.name(), target.name());
                } else {
                    rename(source.name(), target.name());
                }
                return 0;
            } finally {
                nodes.unpin(target.directory());
            }
        } finally {
            nodes.unpin(source.directory());
        }
    }

    private void rename(EntryName source, EntryName target) throws FsException {
        requireOrdinary(source);
        unlinks.claim(target);
        unlinks.settle();
        try {
            fileSystem.rename(source.parent(), source.name(), target.parent(), target.name(), false, false);
        } finally {
            nodes.drop(source);
            nodes.drop(target);
        }
    }

    /**
     * libfuse unlinks an open file by giving it a private name. The file system can really unlink it: the inode lives on
     * through its handles, and the private name leads there as long as they are open.
     */
    private void hide(EntryName source, EntryName hidden) throws FsException {
        requireOrdinary(source);
        unlinks.settle();
        Found found = nodes.pinFresh(source);
        try {
            long ino = found.node().ino();
            if (source.parent() != hidden.parent()
                    || found.attributes().kind() != FileKind.FILE
                    || !openFiles.mayBeOpen(ino)) {
                throw new FsException(Errno.EPERM, "names like " + hidden.name() + " are libfuse's own");
            }
            nodes.drop(source);
            nodes.hide(hidden, found.node());
            if (!openFiles.isOpen(ino)) {
                nodes.unhide(ino); // closed meanwhile
            }
            unlinks.defer(source, ino);
        } finally {
            nodes.unpin(found.node());
        }
    }

    int chmod(String path, long mode) throws FsException {
        return change(path, new AttributeChange(null, (Integer) ((int) mode & PERMISSIONS), null, null, null, null));
    }

    int chown(String path, long uid, long gid) throws FsException {
        return change(path, new AttributeChange(null, null, id(uid), id(gid), null, null));
    }

    int truncate(String path, long size) throws FsException {
        if (size < 0) {
            throw new FsException(Errno.EINVAL, "negative size");
        }
        return change(path, AttributeChange.ofSize(size));
    }

    int utimens(String path, Pointer times) throws FsException {
        Instant now = Instant.now();
        return change(
                path,
                new AttributeChange(
                        null, null, null, null, NativeStructs.time(times, 0, now), NativeStructs.time(times, 1, now)));
    }

    private int change(String path, AttributeChange change) throws FsException {
        unlinks.settle();
        Node node = nodes.pin(path);
        try {
            fileSystem.setattr(node.ino(), change);
            return 0;
        } finally {
            nodes.unpin(node);
        }
    }

    @FunctionalInterface
    private interface Maker {
        Attributes make(EntryName at) throws FsException;
    }

    private int make(String path, Maker maker) throws FsException {
        unlinks.settle();
        Place place = nodes.parentOf(path);
        try {
            requireOrdinary(place.name());
            long drops = nodes.drops();
            Attributes made = maker.make(place.name());
            nodes.unpin(nodes.adopt(place.name(), made.ino(), drops));
            return 0;
        } finally {
            nodes.unpin(place.directory());
        }
    }

    static void requireOrdinary(EntryName name) throws FsException {
        if (name.isPrivate()) {
            throw new FsException(Errno.EPERM, "names like " + name.name() + " are libfuse's own");
        }
    }

    /** An id of chown(2), of which -1 means "leave". */
    private static @Nullable Integer id(long id) {
        return (int) id == -1 ? null : (Integer) (int) id;
    }
}
