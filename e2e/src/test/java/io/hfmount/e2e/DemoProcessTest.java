package io.hfmount.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.api.demo.DemoMain;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./run demo} as a user has it: a process, a mount, the API, a signal. */
@Timeout(300)
class DemoProcessTest {
    private static final int START_SECONDS = 90;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path dir;

    private Process process;
    private final HttpClient client = HttpClient.newHttpClient();

    @AfterEach
    void kill() throws Exception {
        client.close();
        if (process != null && process.isAlive()) {
            process.destroy();
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        }
        new ProcessBuilder("umount", "-l", dir.resolve("mnt").toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    private Map<String, String> start(String... flags) throws IOException {
        Path env = dir.resolve("env");
        Files.deleteIfExists(env);
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(flags));
        command.addAll(List.of(
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                DemoMain.class.getName(),
                "--mount=" + dir.resolve("mnt"),
                "--data=" + dir.resolve("data"),
                "--port=0",
                "--hub-port=0",
                "--env-file=" + env));
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(dir.resolve("log").toFile()))
                .start();
        Awaitility.await().atMost(START_SECONDS, TimeUnit.SECONDS).until(() -> Files.exists(env) || !process.isAlive());
        assertThat(env).as(() -> read(dir.resolve("log"))).exists();
        Map<String, String> values = new HashMap<>();
        for (String line : Files.readAllLines(env)) {
            values.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1));
        }
        assertThat(values).containsOnlyKeys("HF_ENDPOINT", "HF_TOKEN", "BUCKET", "MOUNT", "API", "MOUNT_ID");
        return values;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private void stopWell() throws Exception {
        process.destroy();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(() -> read(dir.resolve("log"))).isZero();
        assertThat(Files.readString(Path.of("/proc/self/mounts"))).doesNotContain(dir.toString());
    }

    @Test
    void flushedAndUnflushedFiles_areOnTheHub_andThereAgainAfterARestart() throws Exception {
        Map<String, String> env = start();
        Path mount = Path.of(env.get("MOUNT"));
        byte[] content = new byte[300_000];
        new Random(1).nextBytes(content);
        Files.createDirectory(mount.resolve("d"));
        Files.write(mount.resolve("d/x.bin"), content);

        HttpResponse<byte[]> flush =
                send(HttpRequest.newBuilder(URI.create(env.get("API") + "/v1/mounts/" + env.get("MOUNT_ID") + "/flush"))
                        .POST(HttpRequest.BodyPublishers.noBody()));
        assertThat(flush.statusCode()).isEqualTo(200);
        assertThat(new String(flush.body())).contains("\"clean\":true", "\"path\":\"d/x.bin\"", "\"PUBLISHED\"");
        HttpResponse<byte[]> download = send(HttpRequest.newBuilder(
                        URI.create(env.get("HF_ENDPOINT") + "/buckets/" + env.get("BUCKET") + "/resolve/d/x.bin"))
                .header("Authorization", "Bearer " + env.get("HF_TOKEN")));
        assertThat(download.statusCode()).isEqualTo(200);
        assertThat(download.body()).isEqualTo(content);

        Files.writeString(mount.resolve("late.txt"), "not flushed by hand");
        stopWell();
        assertThat(List.of(mount.toFile().list())).isEmpty();

        Map<String, String> again = start();
        assertThat(again.get("MOUNT_ID")).isEqualTo(env.get("MOUNT_ID"));
        assertThat(mount.resolve("d/x.bin")).hasBinaryContent(content);
        assertThat(mount.resolve("late.txt")).hasContent("not flushed by hand");
        stopWell();
    }

    @Test
    void firstOpenForWriting_findsAllItsCodeLoaded() throws Exception {
        byte[] content = new byte[1 << 20]; // edited in place
        new Random(2).nextBytes(content);
        Files.write(Path.of(start().get("MOUNT")).resolve("file"), content);
        stopWell();

        Path classes = dir.resolve("classes");
        Path file =
                Path.of(start("-Xlog:class+load:file=" + classes).get("MOUNT")).resolve("file");
        assertThat(file).hasSize(content.length);
        awaitRest(classes);
        int before = loaded(classes).size();
        assertThat(before).as("classes in the log").isPositive();
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)
                .close();
        awaitRest(classes);
        assertThat(loaded(classes).subList(before, loaded(classes).size())).isEmpty();
        stopWell();
    }

    /** What was warmed up is loaded when nothing more is. */
    private static void awaitRest(Path classes) {
        AtomicLong last = new AtomicLong(-1);
        Awaitility.await()
                .pollInterval(Duration.ofSeconds(1))
                .atMost(Duration.ofSeconds(60))
                .until(() -> last.getAndSet(Files.size(classes)) == Files.size(classes));
    }

    /** Our classes that serve opens, those of lambdas too. */
    private static List<String> loaded(Path classes) throws IOException {
        Pattern ours = Pattern.compile("io\\.hfmount\\.agent\\.(fs|mount|staging|transport|vfs)\\..*");
        return Files.readAllLines(classes).stream()
                .map(line -> line.replaceFirst("^(\\[[^]]*])*\\s*", ""))
                .filter(line -> ours.matcher(line).matches())
                .toList();
    }
}
