package io.hfmount.agent.transport.fuse;

import io.hfmount.agent.transport.TransportOptions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Mounts through the setuid program {@code fusermount3}: it opens the device, mounts, and sends the descriptor over a
 * socket that it inherits (fuse-transports §6.1).
 */
final class FusermountMounter implements Mounter {
    static final String PROGRAM = "fusermount3";

    private static final int CHILD_SOCKET = 3;
    private static final int STDERR = 2;
    private static final int ERROR_TEXT_LIMIT = 4096;

    /** Whether the program is on the path. */
    static boolean isInstalled() {
        String path = System.getenv("PATH");
        if (path == null) {
            return false;
        }
        for (String directory : path.split(":", -1)) {
            if (!directory.isEmpty() && Files.isExecutable(Path.of(directory, PROGRAM))) {
                return true;
            }
        }
        return false;
    }

    @Override
    public FuseDevice mount(Path mountPoint, TransportOptions options, int maxRead) throws IOException {
        NativeProcess.Pair sockets = NativeProcess.socketPair();
        boolean secondOpen = true;
        try {
            Map<String, String> environment = new HashMap<>(System.getenv());
            environment.put("_FUSE_COMMFD", String.valueOf(CHILD_SOCKET));
            List<String> command = List.of(PROGRAM, "-o", options(options, maxRead), "--", mountPoint.toString());
            Running running = start(command, environment, Map.of(sockets.second(), CHILD_SOCKET));
            LibC.close(sockets.second()); // or the end of the program would not be seen as the end of the stream
            secondOpen = false;
            int descriptor = NativeProcess.receiveDescriptor(sockets.first());
            Finished finished = running.finish();
            if (descriptor >= 0 && finished.status() == 0) {
                return FuseDevice.adopt(descriptor);
            }
            if (descriptor >= 0) {
                LibC.close(descriptor);
            }
            throw new IOException("cannot mount on " + mountPoint + " with " + PROGRAM + ": " + finished.reason());
        } finally {
            LibC.close(sockets.first());
            if (secondOpen) {
                LibC.close(sockets.second());
            }
        }
    }

    @Override
    public void unmount(Path mountPoint, boolean lazy) throws IOException {
        List<String> command = new ArrayList<>(List.of(PROGRAM, "-u"));
        if (lazy) {
            command.add("-z");
        }
        command.addAll(List.of("--", mountPoint.toString()));
        Finished finished = start(command, System.getenv(), Map.of()).finish();
        if (finished.status() == 0) {
            return;
        }
        if (finished.reason().toLowerCase(Locale.ROOT).contains("busy")) {
            throw new BusyException(mountPoint + " is busy: files are open or a process works in it");
        }
        throw new IOException("cannot unmount " + mountPoint + " with " + PROGRAM + ": " + finished.reason());
    }

    @Override
    public String name() {
        return PROGRAM;
    }

    /** The kernel's option list; a comma in the source name is escaped as the program wants it. */
    static String options(TransportOptions options, int maxRead) {
        StringBuilder list = new StringBuilder("fsname=")
                .append(options.source().replace("\\", "\\\\").replace(",", "\\,"))
                .append(",subtype=")
                .append(SUBTYPE)
                .append(",nosuid,nodev,default_permissions,max_read=")
                .append(maxRead);
        if (options.readOnly()) {
            list.append(",ro");
        }
        if (!options.ownerOnly()) {
            list.append(",allow_other");
        }
        return list.toString();
    }

    /** How the program ended. */
    private record Finished(int status, String reason) {}

    /** The program, with our end of the pipe that its messages come from. */
    private record Running(int pid, int messages) {
        Finished finish() throws IOException {
            String text;
            try {
                text = readAll(messages);
            } finally {
                LibC.close(messages);
            }
            int status = NativeProcess.await(pid);
            return new Finished(status, text.isBlank() ? "exit status " + status : text.strip());
        }
    }

    private static Running start(List<String> command, Map<String, String> environment, Map<Integer, Integer> passed)
            throws IOException {
        NativeProcess.Pair pipe = NativeProcess.pipe();
        boolean started = false;
        try {
            Map<Integer, Integer> descriptors = new HashMap<>(passed);
            descriptors.put(pipe.second(), STDERR);
            int pid = NativeProcess.spawn(command, environment, descriptors);
            started = true;
            return new Running(pid, pipe.first());
        } finally {
            LibC.close(pipe.second());
            if (!started) {
                LibC.close(pipe.first());
            }
        }
    }

    private static String readAll(int descriptor) {
        StringBuilder text = new StringBuilder();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = LibC.callState(arena);
            MemorySegment buffer = arena.allocate(ERROR_TEXT_LIMIT);
            while (true) {
                long count = LibC.read(state, descriptor, buffer, ERROR_TEXT_LIMIT);
                if (count == -LibC.EINTR) {
                    continue;
                }
                if (count <= 0) {
                    return text.toString();
                }
                if (text.length() < ERROR_TEXT_LIMIT) {
                    byte[] bytes = buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
                    text.append(new String(bytes, StandardCharsets.UTF_8));
                }
            }
        }
    }
}
