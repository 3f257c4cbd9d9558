package io.hfmount.e2e.live;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The sidecar as a process of its own. */
public final class SidecarProcess implements AutoCloseable {
    private static final String MAIN = "io.hfmount.api.HfMountApplication";
    private static final Pattern STARTED = Pattern.compile("Netty started on port (\\d+)");

    private final ChildJvm jvm;
    private final ControlApi api;

    private SidecarProcess(ChildJvm jvm, ControlApi api) {
        this.jvm = jvm;
        this.api = api;
    }

    /** Starts one without waiting for anything. */
    static ChildJvm launch(Path directory, List<String> settings, Map<String, String> environment) throws IOException {
        return ChildJvm.start("sidecar", directory, MAIN, settings, environment);
    }

    static SidecarProcess start(Path directory, List<String> settings, Map<String, String> environment)
            throws IOException {
        List<String> all = new ArrayList<>(List.of("--hfmount.port=0"));
        all.addAll(settings);
        ChildJvm jvm = launch(directory, all, environment);
        String port;
        try {
            port = jvm.awaitOutput(STARTED).group(1);
        } catch (RuntimeException | Error e) {
            jvm.close();
            throw e;
        }
        return new SidecarProcess(jvm, new ControlApi("http://127.0.0.1:" + port));
    }

    /** Its process. */
    public ChildJvm jvm() {
        return jvm;
    }

    /** Its API. */
    public ControlApi api() {
        return api;
    }

    @Override
    public void close() {
        api.close();
        jvm.close();
    }
}
