package io.hfmount.e2e.live;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The real JavaScript client (@huggingface/hub) with one Hub.
 *
 * @param endpoint of the Hub
 * @param token for it; starts with {@code hf_}
 */
public record JavaScriptClient(String endpoint, String token) {
    private static final Path SCRIPTS = Path.of("src/test/javascript");

    /** Uploads a file to a bucket. */
    public void upload(String bucket, Path file, String path) {
        bucket(bucket, "put", file.toString(), path);
    }

    /** Downloads a file of a bucket. */
    public void download(String bucket, String path, Path file) {
        bucket(bucket, "get", path, file.toString());
    }

    /** Replaces the bytes {@code [start, end)} of a bucket's file by those of a local file, without a full upload. */
    public void edit(String bucket, String path, long start, long end, Path content) {
        bucket(bucket, "edit", path, Long.toString(start), Long.toString(end), content.toString());
    }

    private void bucket(String bucket, String... words) {
        List<String> all = new ArrayList<>(List.of(bucket));
        all.addAll(List.of(words));
        script("bucket_client.mjs", all).runs();
    }

    /** A run of the suite, of all its cases or of those whose names contain one of {@code parts}. */
    public Command suite(String... parts) {
        return script("hub_client_suite.mjs", List.of(parts));
    }

    private Command script(String name, List<String> arguments) {
        List<String> words = new ArrayList<>(
                List.of("node", SCRIPTS.resolve(name).toAbsolutePath().toString()));
        words.addAll(arguments);
        return Command.of(words.toArray(String[]::new))
                .with("HF_ENDPOINT", endpoint)
                .with("HF_TOKEN", token)
                .with("HFMOUNT_JS", installation().toString())
                .within(Duration.ofMinutes(6));
    }

    /** Where the client is installed: system property or environment variable {@code HFMOUNT_JS}. */
    private static Path installation() {
        String directory = System.getProperty("HFMOUNT_JS", System.getenv("HFMOUNT_JS"));
        if (directory == null || !Files.isDirectory(Path.of(directory, "node_modules/@huggingface/hub"))) {
            throw new AssertionError(
                    "HFMOUNT_JS must name a directory with @huggingface/hub 2.17.5 (copy package.json and"
                            + " package-lock.json of e2e/src/test/javascript there and run npm ci), but is "
                            + directory);
        }
        return Path.of(directory);
    }
}
