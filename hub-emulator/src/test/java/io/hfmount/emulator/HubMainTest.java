package io.hfmount.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command as a process of its own. */
@Timeout(60)
class HubMainTest {
    @TempDir
    Path directory;

    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void endProcesses() {
        processes.forEach(Process::destroyForcibly);
    }

    private Process hub(String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                HubMain.class.getName()));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command).start();
        processes.add(process);
        return process;
    }

    private static String firstLine(Process process) throws IOException {
        String line =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)).readLine();
        if (line == null) {
            throw new AssertionError(errors(process));
        }
        return line;
    }

    private static String errors(Process process) throws IOException {
        return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static int call(String method, String url, String token) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                    .method(method, BodyPublishers.noBody())
                    .header("Authorization", "Bearer " + token)
                    .build();
            return client.send(request, BodyHandlers.discarding()).statusCode();
        }
    }

    @Test
    void hub_printsItsUrlServesAndEndsCleanlyOnSigterm() throws Exception {
        Path data = directory.resolve("data");
        Path portFile = directory.resolve("port");
        Process first = hub("--data", data.toString(), "--port-file", portFile.toString(), "--windows", "plain");
        String url = firstLine(first);
        assertThat(url).matches("http://127\\.0\\.0\\.1:[0-9]+");
        assertThat(url).endsWith(":" + Files.readString(portFile).strip());
        assertThat(call("POST", url + "/api/buckets/demo/kept", "hf_demo")).isEqualTo(200);
        first.toHandle().destroy(); // Process.destroy would close its streams
        assertThat(first.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(first.exitValue()).isZero();
        assertThat(errors(first)).isEmpty();

        Process second = hub("--data", data.toString(), "--user", "demo=hf_demo", "--user", "eve=hf_eve=1");
        String again = firstLine(second);
        assertThat(call("GET", again + "/api/buckets/demo/kept", "hf_eve=1")).isEqualTo(200);
        assertThat(call("GET", again + "/api/whoami-v2", "hf_other")).isEqualTo(401);
    }

    @Test
    void acknowledgedBuckets_surviveSigkill() throws Exception {
        Process first = hub("--data", directory.toString());
        String url = firstLine(first);
        assertThat(call("POST", url + "/api/buckets/demo/kept", "hf_demo")).isEqualTo(200);
        first.destroyForcibly().waitFor();
        Process second = hub("--data", directory.toString());
        assertThat(call("GET", firstLine(second) + "/api/buckets/demo/kept", "hf_demo"))
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--data=D --port=x",
                "--data=D --port=70000",
                "--data=D --windows=odd",
                "--data=D --user=nobody",
                "--data=D --user=ann=token",
                "--data=D --user=me=hf_x",
                "--data=D --unknown"
            })
    void badOption_exitsWith2AndSaysWhatIsWrong(String options) throws Exception {
        String text = options.replace("=D", "=" + directory.resolve("data"));
        Process process = hub(text.isEmpty() ? new String[0] : text.split(" "));
        String errors = errors(process);
        assertThat(process.waitFor()).isEqualTo(2);
        assertThat(errors).isNotBlank().contains("Usage: hub").doesNotContain("=token");
        assertThat(Files.exists(directory.resolve("data"))).isFalse();
    }

    @Test
    void takenPort_exitsWith1AndOneLine() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Process process = hub("--data", directory.toString(), "--port", Integer.toString(taken.getLocalPort()));
            String errors = errors(process);
            assertThat(process.waitFor()).isEqualTo(1);
            assertThat(errors.strip().lines().toList()).hasSize(1);
            assertThat(errors).startsWith("hub: ");
        }
    }

    @Test
    void directoryInUse_exitsWith1() throws Exception {
        firstLine(hub("--data", directory.toString()));
        Process second = hub("--data", directory.toString());
        String errors = errors(second);
        assertThat(second.waitFor()).isEqualTo(1);
        assertThat(errors).contains("in use");
    }
}
