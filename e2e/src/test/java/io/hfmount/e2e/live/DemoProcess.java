package io.hfmount.e2e.live;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The demo: one process with an embedded Hub and a mounted bucket. */
public final class DemoProcess implements AutoCloseable {
    private static final String MAIN = "io.hfmount.api.demo.DemoMain";
    private static final Pattern READY = Pattern.compile("Ctrl-C publishes");

    private final ChildJvm jvm;
    private final Map<String, String> environment;
    private final ControlApi api;

    private DemoProcess(ChildJvm jvm, Map<String, String> environment) {
        this.jvm = jvm;
        this.environment = environment;
        this.api = new ControlApi(value(environment, "API"));
    }

    static DemoProcess start(Path directory, Path mount, Path data) throws IOException {
        Path file = directory.resolve("demo.env");
        ChildJvm jvm = ChildJvm.start(
                "demo",
                directory,
                MAIN,
                List.of(
                        "--mount=" + mount,
                        "--data=" + data,
                        "--port=0",
                        "--hub-port=0",
                        "--env-file",
                        file.toString()),
                Map.of());
        try {
            jvm.awaitOutput(READY);
            return new DemoProcess(
                    jvm,
                    Files.readAllLines(file).stream()
                            .map(line -> line.split("=", 2))
                            .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1])));
        } catch (IOException | RuntimeException | Error e) {
            jvm.close();
            throw e;
        }
    }

    /** Its process. */
    public ChildJvm jvm() {
        return jvm;
    }

    /** Its API. */
    public ControlApi api() {
        return api;
    }

    /** The bucket, {@code OWNER/NAME}. */
    public String bucket() {
        return value(environment, "BUCKET");
    }

    /** Where it is mounted. */
    public Path mount() {
        return Path.of(value(environment, "MOUNT"));
    }

    /** Id of the mount. */
    public String mountId() {
        return value(environment, "MOUNT_ID");
    }

    /** The Hub's address. */
    public String hubUrl() {
        return value(environment, "HF_ENDPOINT");
    }

    /** The token of the demo's user. */
    public String token() {
        return value(environment, "HF_TOKEN");
    }

    private static String value(Map<String, String> environment, String name) {
        String value = environment.get(name);
        if (value == null) {
            throw new AssertionError(name + " is missing in " + environment.keySet());
        }
        return value;
    }

    @Override
    public void close() {
        api.close();
        jvm.close();
    }
}
