package io.hfmount.transport.jnr;

import io.hfmount.agent.vfs.Caller;
import io.hfmount.agent.vfs.FileSystem;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import jnr.ffi.Pointer;
import jnr.ffi.Struct;
import ru.serce.jnrfuse.FuseStubFS;
import ru.serce.jnrfuse.struct.FuseContext;
import ru.serce.jnrfuse.struct.FuseOperations;

/**
 * The table of callbacks that libfuse calls, and the one blocking call that mounts and serves. The inherited {@code
 * mount} and {@code umount} are not used: the first reports success after two seconds whatever happened and leaves a
 * shutdown hook behind, the second starts a program and waits for nothing (fuse-transports §4.1).
 */
final class FuseSession extends FuseStubFS {
    /** What the table looks like on 64-bit Linux; behind {@code bmap} comes a byte of flags that jnr-fuse hides. */
    private static final int TABLE_SIZE = 360;

    private static final long FLAGS_AT = 304;

    /** Calls with a handle come without a path, so an unlinked file works and no path is locked while they wait. */
    private static final byte NULL_PATH_OK = 1;

    private static final byte NO_PATH = 2;

    /** UTIME_OMIT reaches us; otherwise setting one time alone is silently lost. */
    private static final byte UTIME_OMIT_OK = 4;

    private final Callbacks callbacks = new Callbacks();
    private final OpenFiles openFiles = new OpenFiles();
    private final NameOperations names;
    private final HandleOperations handles;
    private final CompletableFuture<Negotiation> ready = new CompletableFuture<>();

    /** @throws IOException when libfuse is not what this class was written for */
    FuseSession(FileSystem fileSystem, PathNodes nodes) throws IOException {
        int size = Struct.size(fuseOperations);
        if (size != TABLE_SIZE || fuseOperations.ioctl.offset() != FLAGS_AT + 8) {
            throw new IOException("jnr-fuse's table of operations has " + size + " bytes, not " + TABLE_SIZE
                    + "; only 64-bit Linux is supported");
        }
        DeferredUnlinks unlinks = new DeferredUnlinks(fileSystem, nodes);
        names = new NameOperations(fileSystem, nodes, openFiles, unlinks, this::caller);
        handles = new HandleOperations(fileSystem, nodes, openFiles, unlinks, this::caller);
        register(fuseOperations);
        Struct.getMemory(fuseOperations).putByte(FLAGS_AT, (byte) (NULL_PATH_OK | NO_PATH | UTIME_OMIT_OK));
    }

    /** Completes when the kernel's first request has come, which is when the mount works. */
    CompletableFuture<Negotiation> ready() {
        return ready;
    }

    /** Requests that run now. */
    int running() {
        return callbacks.running();
    }

    /**
     * Mounts and serves until the mount has ended and the last callback returned.
     *
     * @return 0 after a mount that served
     */
    int serve(List<String> arguments) {
        String[] array = arguments.toArray(String[]::new);
        return libFuse.fuse_main_real(array.length, array, fuseOperations, TABLE_SIZE, null);
    }

    /** Closes what the kernel will not close any more. */
    void closeHandles() {
        handles.closeAll();
    }

    private Caller caller() {
        FuseContext context = getContext();
        return new Caller(context.uid.intValue(), context.gid.intValue(), context.pid.intValue());
    }

    private void register(FuseOperations table) {
        table.init.set(this::initialised);
        table.getattr.set((path, stat) -> callbacks.answer("getattr", () -> names.getattr(path, stat)));
        table.readlink.set(
                (path, buffer, size) -> callbacks.answer("readlink", () -> names.readlink(path, buffer, size)));
        table.mknod.set((path, mode, device) -> callbacks.answer("mknod", () -> names.mknod(path, mode)));
        table.mkdir.set((path, mode) -> callbacks.answer("mkdir", () -> names.mkdir(path, mode)));
        table.symlink.set((target, path) -> callbacks.answer("symlink", () -> names.symlink(target, path)));
        table.link.set((existing, path) -> callbacks.answer("link", () -> names.link(existing, path)));
        table.unlink.set(path -> callbacks.answer("unlink", () -> names.unlink(path)));
        table.rmdir.set(path -> callbacks.answer("rmdir", () -> names.rmdir(path)));
        table.rename.set((from, to) -> callbacks.answer("rename", () -> names.rename(from, to)));
        table.chmod.set((path, mode) -> callbacks.answer("chmod", () -> names.chmod(path, mode)));
        table.chown.set((path, uid, gid) -> callbacks.answer("chown", () -> names.chown(path, uid, gid)));
        table.truncate.set((path, size) -> callbacks.answer("truncate", () -> names.truncate(path, size)));
        table.utimens.set((path, times) -> callbacks.answer("utimens", () -> names.utimens(path, times)));
        table.open.set((path, info) -> callbacks.answer("open", () -> handles.open(path, info)));
        table.create.set((path, mode, info) -> callbacks.answer("create", () -> handles.create(path, mode, info)));
        table.read.set((path, buffer, size, offset, info) ->
                callbacks.answer("read", () -> handles.read(buffer, size, offset, info)));
        table.write.set((path, buffer, size, offset, info) ->
                callbacks.answer("write", () -> handles.write(buffer, size, offset, info)));
        table.flush.set((path, info) -> callbacks.answer("flush", () -> handles.flush(info)));
        table.fsync.set((path, dataOnly, info) -> callbacks.answer("fsync", () -> handles.fsync(dataOnly != 0, info)));
        table.release.set((path, info) -> callbacks.answer("release", () -> handles.release(info)));
        table.fgetattr.set((path, stat, info) -> callbacks.answer("fgetattr", () -> handles.fgetattr(stat, info)));
        table.ftruncate.set((path, size, info) -> callbacks.answer("ftruncate", () -> handles.ftruncate(size, info)));
        table.fallocate.set((path, mode, offset, length, info) ->
                callbacks.answer("fallocate", () -> handles.fallocate(mode, offset, length, info)));
        table.opendir.set((path, info) -> callbacks.answer("opendir", () -> handles.opendir(path, info)));
        table.readdir.set((path, buffer, filler, cookie, info) ->
                callbacks.answer("readdir", () -> handles.readdir(buffer, filler, cookie, info)));
        table.releasedir.set((path, info) -> callbacks.answer("releasedir", () -> handles.release(info)));
        table.fsyncdir.set((path, info) -> callbacks.answer("fsyncdir", () -> handles.fsyncdir(info)));
        table.statfs.set((path, statistics) -> callbacks.answer("statfs", () -> handles.statfs(statistics)));
    }

    private Pointer initialised(Pointer connection) {
        callbacks.answer("init", () -> {
            ready.complete(Negotiation.of(connection));
            return 0;
        });
        return Pointer.wrap(jnr.ffi.Runtime.getSystemRuntime(), 0);
    }
}
