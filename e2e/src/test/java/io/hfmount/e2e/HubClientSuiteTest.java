package io.hfmount.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.emulator.EmulatorConfig;
import io.hfmount.emulator.HubEmulator;
import io.hfmount.emulator.faults.FaultAction;
import io.hfmount.emulator.faults.FaultRule;
import io.hfmount.emulator.http.FinishedRequest;
import io.hfmount.emulator.storage.WindowMode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The real Python client against the embedded Hub. */
@Timeout(600)
class HubClientSuiteTest {
    private static final String BATCH = "/api/buckets/{ns}/{name}/batch";

    @TempDir
    Path directory;

    @Test
    void pythonClient_passesEveryCase() throws Exception {
        try (HubEmulator hub = HubEmulator.start(EmulatorConfig.in(directory.resolve("hub")))) {
            String output = suite(hub, 0);
            assertThat(output).contains("26 of 26 cases passed").doesNotContain("FAIL");
            assertThat(hub.requests().recorded().requests())
                    .as("content went through the storage service")
                    .anyMatch(request ->
                            request.path().startsWith(HubEmulator.STORAGE_PATH) && request.bytesIn() > 1_000_000)
                    .noneMatch(request -> request.status() >= 500);
        }
    }

    @Test
    void pythonClient_passesOnPlainWindowsAndShortTokens() throws Exception {
        EmulatorConfig config = EmulatorConfig.in(directory.resolve("hub"))
                .withWindows(WindowMode.PLAIN)
                .withTokenLife(Duration.ofSeconds(75));
        try (HubEmulator hub = HubEmulator.start(config)) {
            suite(hub, 0, "size_65537", "overwrite", "copy_on_the_server");
        }
    }

    @Test
    void lostBatchAnswer_isRepeatedByTheClientWithoutHarm() throws Exception {
        try (HubEmulator hub = HubEmulator.start(EmulatorConfig.in(directory.resolve("hub")))) {
            hub.faults().add(FaultRule.next("POST", BATCH, new FaultAction.LoseAnswer()));
            suite(hub, 0, "overwrite");
            assertThat(batches(hub))
                    .extracting(FinishedRequest::outcome)
                    .containsExactly(
                            FinishedRequest.Outcome.BROKEN, FinishedRequest.Outcome.SENT, FinishedRequest.Outcome.SENT);
        }
    }

    @Test
    void refusedBatch_isRepeatedByTheClient() throws Exception {
        try (HubEmulator hub = HubEmulator.start(EmulatorConfig.in(directory.resolve("hub")))) {
            hub.faults().add(new FaultRule("POST", BATCH, null, 0, 2, FaultAction.Status.of(503)));
            suite(hub, 0, "overwrite");
            assertThat(batches(hub)).extracting(FinishedRequest::status).containsExactly(503, 503, 200, 200);
        }
    }

    @Test
    void suite_failsWhenTheHubLosesContent() throws Exception {
        try (HubEmulator hub = HubEmulator.start(EmulatorConfig.in(directory.resolve("hub")))) {
            hub.faults()
                    .add(new FaultRule(
                            "GET",
                            "/api/buckets/{ns}/{name}/tree/{prefix...}",
                            null,
                            0,
                            FaultRule.ALWAYS,
                            FaultAction.Status.of(404)));
            assertThat(suite(hub, 1, "raw_prefix_listing")).contains("FAIL raw_prefix_listing");
        }
    }

    private static List<FinishedRequest> batches(HubEmulator hub) {
        return hub.requests().recorded().requests().stream()
                .filter(request -> BATCH.equals(request.route()))
                .toList();
    }

    private String suite(HubEmulator hub, int expectedStatus, String... cases)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                python(),
                Path.of("src/test/python/hub_client_suite.py").toAbsolutePath().toString()));
        command.addAll(List.of(cases));
        Path output = Files.createTempFile(directory, "suite", ".log");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment()
                .putAll(Map.of(
                        "HF_ENDPOINT",
                        hub.url(),
                        "HF_TOKEN",
                        EmulatorConfig.DEFAULT_TOKEN,
                        "HF_HOME",
                        Files.createTempDirectory(directory, "hf-home").toString(),
                        "TMPDIR",
                        directory.toString(),
                        "NO_PROXY",
                        "127.0.0.1,localhost",
                        "no_proxy",
                        "127.0.0.1,localhost",
                        "PYTHONIOENCODING",
                        "utf-8"));
        Process process = builder.start();
        try {
            boolean ended = process.waitFor(500, TimeUnit.SECONDS);
            String text = Files.readString(output, StandardCharsets.UTF_8);
            assertThat(ended).as("the suite did not end:%n%s", text).isTrue();
            assertThat(process.exitValue()).as(text).isEqualTo(expectedStatus);
            return text;
        } finally {
            process.destroyForcibly();
        }
    }

    /** The interpreter with huggingface_hub: system property or environment variable {@code HFMOUNT_PYTHON}. */
    private static String python() {
        String python = System.getProperty("HFMOUNT_PYTHON", System.getenv("HFMOUNT_PYTHON"));
        if (python == null || !Files.isExecutable(Path.of(python))) {
            throw new AssertionError("HFMOUNT_PYTHON must name a Python with huggingface_hub 2.4.0 and hf_xet 1.8.0"
                    + " (python3 -m venv DIR && DIR/bin/pip install huggingface_hub==2.4.0 hf_xet==1.8.0), but is "
                    + python);
        }
        return python;
    }
}
