package io.hfmount.bench;

import io.hfmount.emulator.EmulatorConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * huggingface_hub with hf_xet in one Python process, which answers with the seconds that each command took. One command at
 * a time; not thread-safe.
 */
final class PythonClient implements AutoCloseable {
    private final PythonProcess python;

    private PythonClient(PythonProcess python) {
        this.python = python;
    }

    /** Starts {@code python}, which must have huggingface_hub and hf_xet. */
    static PythonClient start(Path python, Path directory, String hub) throws IOException {
        return new PythonClient(PythonProcess.start(
                "the Python client",
                python,
                "hub_client.py",
                directory,
                List.of(),
                Map.of(
                        "HF_ENDPOINT", hub,
                        "HF_TOKEN", EmulatorConfig.DEFAULT_TOKEN,
                        "HF_HOME", directory.resolve("hf-home").toString(),
                        "HF_HUB_DISABLE_TELEMETRY", "1",
                        "HF_HUB_DISABLE_PROGRESS_BARS", "1",
                        "HF_XET_CHUNK_CACHE_SIZE_BYTES", "0",
                        "NO_PROXY", "127.0.0.1",
                        "no_proxy", "127.0.0.1")));
    }

    ChildProcess process() {
        return python.process();
    }

    /** Uploads files in one batch; seconds until the Hub has answered it. */
    double upload(String bucket, List<Path> files) throws IOException {
        return command("upload", bucket, files);
    }

    /** Downloads files, each named as it is locally, in one call; seconds until they are on disk. */
    double download(String bucket, List<Path> files) throws IOException {
        return command("download", bucket, files);
    }

    private double command(String verb, String bucket, List<Path> files) throws IOException {
        List<String> paths = files.stream().map(Path::toString).toList();
        return python.ask(Map.of("do", verb, "bucket", bucket, "files", paths))
                .path("seconds")
                .doubleValue();
    }

    @Override
    public void close() throws IOException {
        python.close();
    }
}
