package io.hfmount.api.demo;

import io.hfmount.api.HfMountApplication;
import io.hfmount.api.config.SidecarProperties;
import io.hfmount.api.lifecycle.ExitCode;
import io.hfmount.api.mounts.DeclaredMounts;
import io.hfmount.emulator.EmulatorConfig;
import io.hfmount.emulator.HubEmulator;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Starts an embedded Hub with the bucket {@value #BUCKET}, a sidecar that mounts it, and prints how to use them. Runs
 * until SIGTERM or SIGINT, then publishes, unmounts and stops the Hub. Exit codes are those of {@link ExitCode}.
 */
public final class DemoMain {
    private static final String BUCKET = "demo/data";
    private static final Duration START_LIMIT = Duration.ofMinutes(6);
    private static final int CONFLICT = 409;

    private DemoMain() {}

    /** Options are those of {@link DemoOptions}. */
    public static void main(String[] args) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
        DemoOptions options;
        try {
            options = DemoOptions.parse(List.of(args));
        } catch (IllegalArgumentException e) {
            err.println("demo: " + e.getMessage());
            System.exit(ExitCode.BAD_OPTION);
            return;
        }
        HubEmulator hub;
        try {
            hub = startHub(options);
        } catch (IOException | RuntimeException e) {
            err.println("demo: the embedded Hub does not start: " + e.getMessage());
            System.exit(ExitCode.FAULT);
            return;
        }
        HfMountApplication.Running sidecar = HfMountApplication.start(settings(options, hub.url()), () -> close(hub));
        try {
            String api =
                    "http://127.0.0.1:" + sidecar.context().getEnvironment().getRequiredProperty("local.server.port");
            DeclaredMounts mounts = sidecar.context().getBean(DeclaredMounts.class);
            mounts.settled().block(START_LIMIT);
            if (mounts.serving().isEmpty()) {
                err.println("demo: the bucket is not mounted; the reason is in the log above");
                sidecar.drain().exit(ExitCode.FAULT);
                return;
            }
            String id = mounts.serving().getFirst();
            Path envFile = options.envFile();
            if (envFile != null) {
                writeAtomically(envFile, environment(options, hub.url(), api, id));
            }
            out.print(usage(options, hub.url(), api, id));
            out.flush();
        } catch (IOException | RuntimeException e) {
            err.println("demo: " + e.getMessage());
            sidecar.drain().exit(ExitCode.FAULT);
        }
    }

    private static HubEmulator startHub(DemoOptions options) throws IOException {
        Files.createDirectories(options.mount());
        HubEmulator hub = HubEmulator.start(
                EmulatorConfig.in(options.data().resolve("hub")).withPort(options.hubPort()));
        try {
            createBucket(hub.url());
            writeToken(options.token());
            return hub;
        } catch (IOException | RuntimeException e) {
            close(hub);
            throw e;
        }
    }

    private static void createBucket(String hub) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(hub + "/api/buckets/" + BUCKET))
                .header("Authorization", "Bearer " + EmulatorConfig.DEFAULT_TOKEN)
                .header("Content-Type", "application/json")
                .timeout(Duration.ofSeconds(30))
                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            int status =
                    client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
            if (status / 100 != 2 && status != CONFLICT) {
                throw new IOException("creating the bucket " + BUCKET + " was answered with " + status);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while creating the bucket", e);
        }
    }

    private static void writeToken(Path file) throws IOException {
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, EmulatorConfig.DEFAULT_TOKEN + "\n");
    }

    private static String[] settings(DemoOptions options, String hub) {
        return new String[] {
            "--hfmount.endpoint=" + hub,
            "--hfmount.token-file=" + options.token(),
            "--hfmount.port=" + options.port(),
            "--hfmount.data-dir=" + options.data().resolve("sidecar"),
            "--hfmount.mount-roots=" + mountRoots(options),
            "--hfmount.mounts[0].source=hf://buckets/" + BUCKET,
            "--hfmount.mounts[0].mount-point=" + options.mount(),
        };
    }

    /** What is allowed anyway, and the place of the demo's own mount. */
    private static String mountRoots(DemoOptions options) {
        String asked = System.getenv("HFMOUNT_MOUNT_ROOTS");
        return options.mount().getParent() + ":"
                + (asked == null || asked.isBlank() ? SidecarProperties.defaultRoots() : asked);
    }

    private static String environment(DemoOptions options, String hub, String api, String id) {
        return "HF_ENDPOINT=" + hub + "\nHF_TOKEN=" + EmulatorConfig.DEFAULT_TOKEN + "\nBUCKET=" + BUCKET + "\nMOUNT="
                + options.mount() + "\nAPI=" + api + "\nMOUNT_ID=" + id + "\n";
    }

    private static String usage(DemoOptions options, String hub, String api, String id) {
        return """

                The bucket %s is mounted at %s
                  Hub          %s   (user %s, token %s)
                  control API  %s/v1/mounts
                Try, in another shell:
                  echo hello > %s/hello.txt
                  curl -s %s/v1/mounts
                  curl -s -X POST %s/v1/mounts/%s/flush
                  curl -s -H 'Authorization: Bearer %s' '%s/api/buckets/%s/tree?recursive=true'
                Ctrl-C publishes what is left, unmounts and ends.
                """.formatted(
                        BUCKET,
                        options.mount(),
                        hub,
                        EmulatorConfig.DEFAULT_USER,
                        EmulatorConfig.DEFAULT_TOKEN,
                        api,
                        options.mount(),
                        api,
                        api,
                        id,
                        EmulatorConfig.DEFAULT_TOKEN,
                        hub,
                        BUCKET);
    }

    private static void writeAtomically(Path file, String text) throws IOException {
        Path draft = file.resolveSibling(file.getFileName() + ".tmp");
        Files.writeString(draft, text);
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void close(@Nullable HubEmulator hub) {
        if (hub == null) {
            return;
        }
        try {
            hub.close();
        } catch (IOException e) {
            throw new UncheckedIOException("the embedded Hub did not close cleanly", e);
        }
    }
}
