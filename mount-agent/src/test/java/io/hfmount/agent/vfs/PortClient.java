package io.hfmount.agent.vfs;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Calls the port as a transport does, with a lookup and a forget for each step of a path, and no kernel. */
public final class PortClient implements FileClient {
    private static final Caller CALLER = new Caller(1000, 1000, 1);
    private static final int O_RDONLY = 0;
    private static final int O_WRONLY = 1;
    private static final int O_RDWR = 2;
    private static final int O_EXCL = 0200;
    private static final int O_TRUNC = 01000;
    private static final int O_APPEND = 02000;

    private final FileSystem fileSystem;

    public PortClient(FileSystem fileSystem) {
        this.fileSystem = fileSystem;
    }

    @FunctionalInterface
    private interface Use<T> {
        T of(long ino) throws FsException;
    }

    @FunctionalInterface
    private interface NameUse<T> {
        T in(long parent, String name) throws FsException;
    }

    private <T> T at(String path, Use<T> use) throws FsException {
        return at(FileSystem.ROOT, path, use);
    }

    private <T> T at(long from, String path, Use<T> use) throws FsException {
        if (path.isEmpty()) {
            return use.of(from);
        }
        int slash = path.indexOf('/');
        String name = slash < 0 ? path : path.substring(0, slash);
        long ino = fileSystem.lookup(from, name, Wait.ALLOWED).ino();
        try {
            return at(ino, slash < 0 ? "" : path.substring(slash + 1), use);
        } finally {
            fileSystem.forget(ino, 1);
        }
    }

    private <T> T named(String path, NameUse<T> use) throws FsException {
        int slash = path.lastIndexOf('/');
        return at(slash < 0 ? "" : path.substring(0, slash), parent -> use.in(parent, path.substring(slash + 1)));
    }

    @Override
    public File open(String path, Mode mode) throws FsException {
        int flags = switch (mode) {
            case READ -> O_RDONLY;
            case READ_WRITE, CREATE -> O_RDWR;
            case CREATE_NEW -> O_RDWR | O_EXCL;
            case TRUNCATE -> O_WRONLY | O_TRUNC;
            case APPEND -> O_WRONLY | O_APPEND;
        };
        OpenFlags decoded = OpenFlags.fromLinux(flags);
        if (mode == Mode.CREATE || mode == Mode.CREATE_NEW || mode == Mode.APPEND) {
            try {
                return named(path, (parent, name) -> {
                    CreateResult made = fileSystem.create(parent, name, 0644, decoded, CALLER);
                    return new Handle(made.attributes().ino(), made.open().handle(), mode == Mode.APPEND);
                });
            } catch (FsException e) {
                if (e.errno() != Errno.EEXIST || mode == Mode.CREATE_NEW) {
                    throw e;
                }
            }
        }
        return named(path, (parent, name) -> {
            long ino = fileSystem.lookup(parent, name, Wait.ALLOWED).ino();
            boolean opened = false;
            try {
                long handle = fileSystem.open(ino, decoded, CALLER).handle();
                opened = true;
                return new Handle(ino, handle, mode == Mode.APPEND);
            } finally {
                if (!opened) {
                    fileSystem.forget(ino, 1);
                }
            }
        });
    }

    /** Holds the lookup of its inode. */
    private final class Handle implements File {
        private final long ino;
        private final long handle;
        private final boolean append;

        Handle(long ino, long handle, boolean append) {
            this.ino = ino;
            this.handle = handle;
            this.append = append;
        }

        @Override
        public byte[] read(long offset, int size) throws FsException {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment target = arena.allocate(Math.max(1, size));
                int count = fileSystem.read(ino, handle, offset, target.asSlice(0, size), Wait.ALLOWED);
                return target.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
            }
        }

        @Override
        public void write(long offset, byte[] bytes) throws FsException {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment data = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
                // The kernel knows the end, and sends it as the offset.
                long at = append ? fileSystem.getattr(ino).size() : offset;
                if (fileSystem.write(ino, handle, at, data.asReadOnly(), Wait.ALLOWED) != bytes.length) {
                    throw new FsException(Errno.EIO, "a short write");
                }
            }
        }

        @Override
        public void truncate(long size) throws FsException {
            fileSystem.setattr(ino, AttributeChange.ofSize(size));
        }

        @Override
        public long size() throws FsException {
            return fileSystem.getattr(ino).size();
        }

        @Override
        public void allocate(int mode, long offset, long length) throws FsException {
            fileSystem.fallocate(ino, handle, mode, offset, length);
        }

        @Override
        public long seek(long offset, int whence) throws FsException {
            return fileSystem.lseek(ino, handle, offset, whence);
        }

        @Override
        public long copyRange(long offset, File target, long targetOffset, long length) throws FsException {
            Handle to = (Handle) target;
            try {
                return fileSystem.copyFileRange(new CopyRange(handle, offset, to.handle, targetOffset, length));
            } catch (FsException e) {
                if (e.errno() != Errno.EOPNOTSUPP) {
                    throw e;
                }
                byte[] bytes = read(offset, (int) Math.min(length, size())); // as the kernel does then
                to.write(targetOffset, bytes);
                return bytes.length;
            }
        }

        @Override
        public void close() throws FsException {
            try {
                fileSystem.flush(ino, handle, CALLER);
            } finally {
                fileSystem.release(ino, handle);
                fileSystem.forget(ino, 1);
            }
        }
    }

    private void made(Attributes attributes) {
        fileSystem.forget(attributes.ino(), 1);
    }

    @Override
    public void rename(String from, String to) throws FsException {
        named(
                from,
                (parent, name) -> named(to, (newParent, newName) -> {
                    fileSystem.rename(parent, name, newParent, newName, false, false);
                    return true;
                }));
    }

    @Override
    public void unlink(String path) throws FsException {
        named(path, (parent, name) -> {
            fileSystem.unlink(parent, name);
            return true;
        });
    }

    @Override
    public void mkdir(String path) throws FsException {
        made(named(path, (parent, name) -> fileSystem.mkdir(parent, name, 0755, CALLER)));
    }

    @Override
    public void rmdir(String path) throws FsException {
        named(path, (parent, name) -> {
            fileSystem.rmdir(parent, name);
            return true;
        });
    }

    @Override
    public void symlink(String target, String path) throws FsException {
        made(named(path, (parent, name) -> fileSystem.symlink(parent, name, target, CALLER)));
    }

    @Override
    public String readlink(String path) throws FsException {
        return at(path, fileSystem::readlink);
    }

    @Override
    public List<String> list(String directory) throws FsException {
        return at(directory, ino -> {
            List<String> names = new ArrayList<>();
            long handle = fileSystem.opendir(ino).handle();
            try {
                long[] cookie = {0};
                int[] taken = {1};
                while (taken[0] > 0) {
                    taken[0] = 0;
                    fileSystem.readdir(ino, handle, cookie[0], false, (name, entry, kind, next, attributes) -> {
                        if (taken[0] == 100) {
                            return false; // as when a reply is full
                        }
                        names.add(name);
                        cookie[0] = next;
                        taken[0]++;
                        return true;
                    });
                }
            } finally {
                fileSystem.releasedir(ino, handle);
            }
            names.removeAll(List.of(".", ".."));
            return names;
        });
    }

    private Attributes stat(String path) throws FsException {
        return at(path, fileSystem::getattr);
    }

    @Override
    public long size(String path) throws FsException {
        return stat(path).size();
    }

    @Override
    public boolean exists(String path) throws FsException {
        try {
            stat(path);
            return true;
        } catch (FsException e) {
            if (e.errno() == Errno.ENOENT) {
                return false;
            }
            throw e;
        }
    }

    @Override
    public Instant modified(String path) throws FsException {
        return stat(path).mtime();
    }

    @Override
    public void setModified(String path, Instant time) throws FsException {
        at(path, ino -> fileSystem.setattr(ino, new AttributeChange(null, null, null, null, null, time)));
    }

    @Override
    public int permissions(String path) throws FsException {
        return stat(path).permissions();
    }

    @Override
    public void setPermissions(String path, int permissions) throws FsException {
        at(path, ino -> fileSystem.setattr(ino, new AttributeChange(null, permissions, null, null, null, null)));
    }
}
