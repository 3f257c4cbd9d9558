package io.hfmount.api.demo;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Options of the demo. Immutable; paths are absolute.
 *
 * @param mount where the bucket is mounted ({@code --mount}, default {@code ./mnt})
 * @param data everything that is kept ({@code --data})
 * @param port of the control API ({@code --port}); 0 takes a free one
 * @param hubPort of the embedded Hub ({@code --hub-port}); 0 takes a free one
 * @param envFile gets the addresses as KEY=value lines once all is ready ({@code --env-file}), null for none
 */
record DemoOptions(
        Path mount,
        Path data,
        int port,
        int hubPort,
        @Nullable Path envFile) {
    private static final Set<String> NAMES = Set.of("--mount", "--data", "--port", "--hub-port", "--env-file");
    private static final int MAX_PORT = 65_535;

    /**
     * Reads {@code --name value} and {@code --name=value}.
     *
     * @throws IllegalArgumentException with one line that begins with the option's name
     */
    static DemoOptions parse(List<String> args) {
        Map<String, String> given = new HashMap<>();
        for (int i = 0; i < args.size(); i++) {
            String arg = args.get(i);
            int equals = arg.indexOf('=');
            String name = equals < 0 ? arg : arg.substring(0, equals);
            if (!NAMES.contains(name)) {
                throw new IllegalArgumentException(name + ": no such option; the options are --mount DIR, --data DIR,"
                        + " --port N, --hub-port N, --env-file F");
            }
            if (equals < 0 && i + 1 == args.size()) {
                throw new IllegalArgumentException(name + ": a value is expected");
            }
            given.put(name, equals < 0 ? args.get(++i) : arg.substring(equals + 1));
        }
        Path mount = path("--mount", given.getOrDefault("--mount", "mnt"));
        if (mount.getParent() == null) {
            throw new IllegalArgumentException("--mount: / cannot be a mount point");
        }
        String data = given.get("--data");
        String env = given.get("--env-file");
        return new DemoOptions(
                mount,
                data == null ? defaultData() : path("--data", data),
                port("--port", given.getOrDefault("--port", "8787")),
                port("--hub-port", given.getOrDefault("--hub-port", "8788")),
                env == null ? null : path("--env-file", env));
    }

    /** File with the token of the embedded Hub's user. */
    Path token() {
        return data.resolve("token");
    }

    private static Path defaultData() {
        String state = System.getenv("XDG_STATE_HOME");
        Path base = state != null && state.startsWith("/")
                ? Path.of(state)
                : Path.of(System.getProperty("user.home"), ".local", "state");
        return base.resolve("hf-mount-sidecar").resolve("demo");
    }

    private static Path path(String name, String text) {
        if (!text.isBlank()) {
            try {
                return Path.of(text).toAbsolutePath().normalize();
            } catch (InvalidPathException e) {
                // answered below
            }
        }
        throw new IllegalArgumentException(name + ": a path is expected");
    }

    private static int port(String name, String text) {
        try {
            int port = Integer.parseInt(text);
            if (port >= 0 && port <= MAX_PORT) {
                return port;
            }
        } catch (NumberFormatException e) {
            // answered below
        }
        throw new IllegalArgumentException(name + ": a port from 0 to 65535 is expected");
    }
}
