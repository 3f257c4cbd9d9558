package io.hfmount.e2e.live;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The real Python client (huggingface_hub, hf_xet) with one Hub and bucket.
 *
 * @param endpoint of the Hub
 * @param token for it
 * @param bucket {@code OWNER/NAME}
 * @param home where the client keeps its caches
 */
public record PythonClient(String endpoint, String token, String bucket, Path home) {
    private static final String SCRIPT = "src/test/python/bucket_client.py";

    /** Makes the bucket equal to a directory, by uploads and deletions. */
    public void syncUp(Path directory) {
        run("up", directory.toString());
    }

    /** Makes a directory equal to the bucket. */
    public void syncDown(Path directory) {
        run("down", directory.toString());
    }

    /** Uploads a file. */
    public void upload(Path file, String path) {
        run("put", file.toString(), path);
    }

    /** Deletes files. */
    public void delete(String... paths) {
        List<String> words = new ArrayList<>(List.of("rm"));
        words.addAll(List.of(paths));
        run(words.toArray(String[]::new));
    }

    private void run(String... arguments) {
        List<String> words = new ArrayList<>();
        words.add(interpreter());
        words.add(Path.of(SCRIPT).toAbsolutePath().toString());
        words.add(bucket);
        words.addAll(List.of(arguments));
        Command.of(words.toArray(String[]::new))
                .with("HF_ENDPOINT", endpoint)
                .with("HF_TOKEN", token)
                .with("HF_HOME", home.toString())
                .with("HF_HUB_DISABLE_TELEMETRY", "1")
                .with("HF_HUB_DISABLE_PROGRESS_BARS", "1")
                .with("TMPDIR", home.getParent().toString())
                .with("NO_PROXY", "127.0.0.1,localhost")
                .with("no_proxy", "127.0.0.1,localhost")
                .with("PYTHONIOENCODING", "utf-8")
                .with("PYTHONDONTWRITEBYTECODE", "1")
                .within(Duration.ofMinutes(5))
                .runs();
    }

    /** The interpreter with huggingface_hub: system property or environment variable {@code HFMOUNT_PYTHON}. */
    public static String interpreter() {
        String python = System.getProperty("HFMOUNT_PYTHON", System.getenv("HFMOUNT_PYTHON"));
        if (python == null || !Files.isExecutable(Path.of(python))) {
            throw new AssertionError("HFMOUNT_PYTHON must name a Python with huggingface_hub 2.4.0 and hf_xet 1.8.0"
                    + " (python3 -m venv DIR && DIR/bin/pip install huggingface_hub==2.4.0 hf_xet==1.8.0), but is "
                    + python);
        }
        return python;
    }
}
