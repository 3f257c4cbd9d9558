package io.hfmount.agent.transport;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FileClient;
import io.hfmount.agent.vfs.FsException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** An application's calls in a mount, through the kernel. */
final class MountedClient implements FileClient {
    private final Path root;

    MountedClient(Path root) {
        this.root = root;
    }

    @FunctionalInterface
    private interface Call<T> {
        T run() throws IOException;
    }

    private static <T> T call(Call<T> call) throws FsException {
        try {
            return call.run();
        } catch (FileAlreadyExistsException e) {
            throw new FsException(Errno.EEXIST, "exists", e);
        } catch (NoSuchFileException e) {
            throw new FsException(Errno.ENOENT, "absent", e);
        } catch (DirectoryNotEmptyException e) {
            throw new FsException(Errno.ENOTEMPTY, "not empty", e);
        } catch (IOException e) {
            String reason = String.valueOf(e.getMessage());
            if (reason.contains("File name too long")) {
                throw new FsException(Errno.ENAMETOOLONG, reason, e);
            }
            if (reason.contains("Not a directory")) {
                throw new FsException(Errno.ENOTDIR, reason, e);
            }
            throw new FsException(Errno.EIO, reason, e);
        }
    }

    private Path at(String path) {
        return root.resolve(path);
    }

    @Override
    public File open(String path, Mode mode) throws FsException {
        Set<OpenOption> options = switch (mode) {
            case READ -> Set.of(StandardOpenOption.READ);
            case READ_WRITE -> Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
            case CREATE -> Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
            case CREATE_NEW -> Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
            case TRUNCATE -> Set.of(StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
            case APPEND -> Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        };
        return new OpenChannel(call(() -> FileChannel.open(at(path), options)), at(path), mode == Mode.APPEND);
    }

    private record OpenChannel(FileChannel channel, Path path, boolean append) implements File {
        private static final int O_WRONLY = 1;

        @Override
        public byte[] read(long offset, int size) throws FsException {
            ByteBuffer buffer = ByteBuffer.allocate(size);
            call(() -> {
                while (buffer.hasRemaining() && channel.read(buffer, offset + buffer.position()) >= 0) {
                    // until full or at the end
                }
                return true;
            });
            return Arrays.copyOf(buffer.array(), buffer.position());
        }

        @Override
        public void write(long offset, byte[] bytes) throws FsException {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            call(() -> {
                while (buffer.hasRemaining()) {
                    if (append) {
                        channel.write(buffer);
                    } else {
                        channel.write(buffer, offset + buffer.position());
                    }
                }
                return true;
            });
        }

        @Override
        public void truncate(long size) throws FsException {
            call(() -> channel.truncate(size));
        }

        @Override
        public long size() throws FsException {
            return call(channel::size);
        }

        // Java does not tell its descriptors: what it cannot do goes through one more.

        @Override
        public void allocate(int mode, long offset, long length) throws FsException {
            try (NativeFile file = NativeFile.open(path, O_WRONLY)) {
                file.fallocate(mode, offset, length);
            }
        }

        @Override
        public long seek(long offset, int whence) throws FsException {
            try (NativeFile file = NativeFile.open(path, 0)) {
                return file.seek(offset, whence);
            }
        }

        @Override
        public long copyRange(long offset, File target, long targetOffset, long length) throws FsException {
            try (NativeFile from = NativeFile.open(path, 0);
                    NativeFile to = NativeFile.open(((OpenChannel) target).path, O_WRONLY)) {
                return from.copy(offset, to, targetOffset, length);
            }
        }

        @Override
        public void close() throws FsException {
            call(() -> {
                channel.close();
                return true;
            });
        }
    }

    @Override
    public void rename(String from, String to) throws FsException {
        call(() -> Files.move(at(from), at(to), StandardCopyOption.ATOMIC_MOVE));
    }

    @Override
    public void unlink(String path) throws FsException {
        delete(path);
    }

    @Override
    public void mkdir(String path) throws FsException {
        call(() -> Files.createDirectory(at(path)));
    }

    @Override
    public void rmdir(String path) throws FsException {
        delete(path);
    }

    private void delete(String path) throws FsException {
        call(() -> {
            Files.delete(at(path));
            return true;
        });
    }

    @Override
    public void symlink(String target, String path) throws FsException {
        call(() -> Files.createSymbolicLink(at(path), Path.of(target)));
    }

    @Override
    public String readlink(String path) throws FsException {
        return call(() -> Files.readSymbolicLink(at(path)).toString());
    }

    @Override
    public List<String> list(String directory) throws FsException {
        return call(() -> {
            try (Stream<Path> entries = Files.list(at(directory))) {
                return entries.map(p -> p.getFileName().toString()).toList();
            }
        });
    }

    @Override
    public long size(String path) throws FsException {
        return call(() -> Files.size(at(path)));
    }

    @Override
    public boolean exists(String path) {
        return Files.exists(at(path), LinkOption.NOFOLLOW_LINKS);
    }

    @Override
    public Instant modified(String path) throws FsException {
        return call(() -> Files.getLastModifiedTime(at(path)).toInstant());
    }

    @Override
    public void setModified(String path, Instant time) throws FsException {
        call(() -> Files.setLastModifiedTime(at(path), FileTime.from(time)));
    }

    @Override
    public int permissions(String path) throws FsException {
        return call(() -> (Integer) Files.getAttribute(at(path), "unix:mode") & 07777);
    }

    @Override
    public void setPermissions(String path, int permissions) throws FsException {
        call(() -> Files.setAttribute(at(path), "unix:mode", permissions));
    }
}
