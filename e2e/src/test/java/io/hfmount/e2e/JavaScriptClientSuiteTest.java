package io.hfmount.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.e2e.live.Command;
import io.hfmount.e2e.live.JavaScriptClient;
import io.hfmount.emulator.EmulatorConfig;
import io.hfmount.emulator.HubEmulator;
import io.hfmount.emulator.faults.FaultAction;
import io.hfmount.emulator.faults.FaultRule;
import io.hfmount.emulator.http.FinishedRequest;
import io.hfmount.emulator.storage.WindowMode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The real JavaScript client against the embedded Hub. */
@Timeout(600)
class JavaScriptClientSuiteTest {
    private static final Pattern OUTCOME = Pattern.compile("(?m)^(PASS|FAIL) (\\w+) \\(");
    private static final long LARGE = 20 << 20;

    @TempDir
    static Path directory;

    private static HubEmulator hub;
    private static String output = "";
    private static final Map<String, String> OUTCOMES = new LinkedHashMap<>();

    @BeforeAll
    static void runWholeSuite() throws Exception {
        hub = HubEmulator.start(EmulatorConfig.in(directory.resolve("hub")));
        Command.Ended ended = client(hub).suite().run();
        output = ended.output();
        Matcher outcome = OUTCOME.matcher(output);
        while (outcome.find()) {
            OUTCOMES.put(outcome.group(2), outcome.group(1));
        }
    }

    @AfterAll
    static void stop() throws Exception {
        hub.close();
    }

    private static JavaScriptClient client(HubEmulator hub) {
        return new JavaScriptClient(hub.url(), EmulatorConfig.DEFAULT_TOKEN);
    }

    static Stream<String> cases() {
        return Stream.of(
                "bucket_life",
                "who_am_i",
                "size_0",
                "size_1",
                "size_102400",
                "size_20971520",
                "list",
                "paths_info",
                "overwrite",
                "two_hundred_and_fifty_files",
                "edit_in_place",
                "edit_insert_cut_and_replace",
                "edit_append_and_edit_again",
                "copy",
                "delete",
                "odd_names",
                "private_bucket",
                "model_life",
                "dataset_life");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void javaScriptClient_passes(String name) {
        assertThat(OUTCOMES.get(name)).as(output).isEqualTo("PASS");
    }

    @Test
    void suite_hasNoOtherCases_andTheHubFailedNowhere() {
        assertThat(OUTCOMES.keySet()).containsExactlyElementsOf(cases().toList());
        assertThat(output).contains("19 of 19 cases passed with @huggingface/hub 2.17.5");
        assertThat(hub.requests().recorded().requests()).noneMatch(request -> request.status() >= 500);
    }

    @ParameterizedTest
    @EnumSource(WindowMode.class)
    void editOfALargeFile_uploadsOnlyItsSurroundings(WindowMode windows) throws Exception {
        EmulatorConfig config =
                EmulatorConfig.in(directory.resolve("hub-" + windows)).withWindows(windows);
        try (HubEmulator fresh = HubEmulator.start(config)) {
            Command.Ended ended = client(fresh).suite("edit_in_place").run();
            assertThat(ended.output()).contains("1 of 1 cases passed");
            List<FinishedRequest> storage = fresh.requests().recorded().requests().stream()
                    .filter(request -> request.path().startsWith(HubEmulator.STORAGE_PATH))
                    .toList();
            assertThat(storage).anyMatch(request -> request.path().contains("/v2/file-chunk-hashes/"));
            assertThat(storage.stream().mapToLong(FinishedRequest::bytesIn).sum())
                    .as("uploaded: the file once, and what surrounds the edit")
                    .isBetween(LARGE, LARGE * 3 / 2);
        }
    }

    @Test
    void suite_failsWhenTheHubLosesContent() throws Exception {
        try (HubEmulator fresh = HubEmulator.start(EmulatorConfig.in(directory.resolve("hub-faulty")))) {
            fresh.faults()
                    .add(new FaultRule(
                            "GET",
                            "/buckets/{ns}/{name}/resolve/{path...}",
                            null,
                            0,
                            FaultRule.ALWAYS,
                            FaultAction.Status.of(404)));
            Command.Ended ended = client(fresh).suite("overwrite").run();
            assertThat(ended.exit()).isEqualTo(1);
            assertThat(ended.output()).contains("FAIL overwrite");
        }
    }
}
