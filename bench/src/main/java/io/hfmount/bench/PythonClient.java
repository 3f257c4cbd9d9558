package io.hfmount.bench;

import io.hfmount.emulator.EmulatorConfig;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * huggingface_hub with hf_xet in one Python process, which takes commands and answers with the seconds each took, so that
 * starting Python is not measured. One command at a time; not thread-safe.
 */
final class PythonClient implements AutoCloseable {
    private static final String SCRIPT = "hub_client.py";
    private static final JsonMapper JSON = JsonMapper.shared();

    private final ChildProcess process;
    private final BufferedWriter commands;
    private final BufferedReader answers;

    private PythonClient(ChildProcess process) {
        this.process = process;
        this.commands = process.process().outputWriter();
        this.answers = process.process().inputReader();
    }

    /** Starts {@code python}, which must have huggingface_hub and hf_xet. */
    static PythonClient start(Path python, Path directory, String hub) throws IOException {
        Path script = directory.resolve(SCRIPT);
        try (InputStream source = PythonClient.class.getResourceAsStream(SCRIPT)) {
            if (source == null) {
                throw new IOException(SCRIPT + " is missing in this build");
            }
            Files.copy(source, script);
        }
        ChildProcess process = ChildProcess.start(
                "the Python client",
                List.of(python.toString(), "-u", script.toString()),
                Map.of(
                        "HF_ENDPOINT", hub,
                        "HF_TOKEN", EmulatorConfig.DEFAULT_TOKEN,
                        "HF_HOME", directory.resolve("hf-home").toString(),
                        "HF_HUB_DISABLE_TELEMETRY", "1",
                        "HF_HUB_DISABLE_PROGRESS_BARS", "1",
                        "HF_XET_CHUNK_CACHE_SIZE_BYTES", "0",
                        "NO_PROXY", "127.0.0.1",
                        "no_proxy", "127.0.0.1"),
                directory.resolve("python.log"),
                true);
        return new PythonClient(process);
    }

    ChildProcess process() {
        return process;
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
        commands.write(JSON.writeValueAsString(Map.of(
                "do",
                verb,
                "bucket",
                bucket,
                "files",
                files.stream().map(Path::toString).toList())));
        commands.newLine();
        commands.flush();
        String line = answers.readLine();
        if (line == null) {
            process.checkAlive();
            throw new IOException("the Python client closed its output");
        }
        JsonNode answer = JSON.readTree(line);
        if (!answer.has("seconds")) {
            throw new IOException(
                    "the Python client failed: " + answer.path("error").asString());
        }
        return answer.path("seconds").doubleValue();
    }

    @Override
    public void close() throws IOException {
        process.close();
    }
}
