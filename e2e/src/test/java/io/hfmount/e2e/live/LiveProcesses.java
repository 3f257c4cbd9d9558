package io.hfmount.e2e.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Starts the processes of a test or of a class of tests in a directory of their own. Afterwards, also after a failure,
 * the processes are gone, nothing is mounted below the directory, and the directory is removed. Whatever they printed is
 * searched for secrets, failed assertions and leaked buffers.
 */
public final class LiveProcesses implements BeforeAllCallback, AfterAllCallback, BeforeEachCallback, AfterEachCallback {
    private static final Pattern NEVER_PRINTED =
            Pattern.compile("LEAK:|AssertionError|Exception in thread|OutOfMemoryError");
    private static final int TAIL = 6000;

    private final boolean perClass;
    private final String token = "hf_" + UUID.randomUUID().toString().replace("-", "");
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final List<ChildJvm> secretive = new ArrayList<>();
    private final List<ChildJvm> children = new ArrayList<>();
    private @Nullable Path directory;

    private LiveProcesses(boolean perClass) {
        this.perClass = perClass;
    }

    /** For a static field: processes live as long as the tests of the class. */
    public static LiveProcesses ofClass() {
        return new LiveProcesses(true);
    }

    /** For an instance field: processes live as long as one test. */
    public static LiveProcesses ofTest() {
        return new LiveProcesses(false);
    }

    /** The directory of these processes. */
    public Path directory() {
        if (directory == null) {
            throw new IllegalStateException("not in a test");
        }
        return directory;
    }

    /** A new directory there. */
    public Path newDirectory(String name) throws IOException {
        return Files.createDirectories(directory().resolve(name));
    }

    /** Token of the user of every Hub that is started here. */
    public String token() {
        return token;
    }

    /** A Hub on a free port, its data in {@code hub}, with more options of {@code ./run hub}. */
    public HubProcess hub(String... options) throws IOException {
        return hub(0, options);
    }

    /** A Hub on a port, its data in {@code hub}, with more options of {@code ./run hub}. */
    public HubProcess hub(int port, String... options) throws IOException {
        HubProcess hub = HubProcess.start(directory(), directory().resolve("hub"), port, token, List.of(options));
        register(hub, hub.jvm());
        return hub;
    }

    /** A sidecar with data in {@code data}, mounts allowed anywhere in the directory, more settings as given. */
    public SidecarProcess sidecar(HubProcess hub, String... settings) throws IOException {
        SidecarProcess sidecar =
                SidecarProcess.start(directory(), settings(hub.url(), settings), Map.of("HF_TOKEN", hub.token()));
        register(sidecar, sidecar.jvm());
        secretive.add(sidecar.jvm());
        return sidecar;
    }

    /** A sidecar's process that is not waited for. */
    public ChildJvm launch(List<String> settings, Map<String, String> environment) throws IOException {
        ChildJvm jvm = SidecarProcess.launch(directory(), settings, environment);
        register(jvm, jvm);
        secretive.add(jvm);
        return jvm;
    }

    /** The settings that {@link #sidecar} uses. */
    public List<String> settings(String endpoint, String... more) {
        List<String> all = new ArrayList<>(List.of(
                "--hfmount.endpoint=" + endpoint,
                "--hfmount.data-dir=" + directory().resolve("data"),
                "--hfmount.mount-roots=" + directory()));
        all.addAll(Arrays.asList(more));
        return all;
    }

    /** The demo. */
    public DemoProcess demo() throws IOException {
        DemoProcess demo = DemoProcess.start(
                directory(), directory().resolve("mnt"), directory().resolve("demo-data"));
        register(demo, demo.jvm());
        return demo;
    }

    /** The Python client of a bucket. */
    public PythonClient python(String endpoint, String ofToken, String bucket) throws IOException {
        return new PythonClient(endpoint, ofToken, bucket, newDirectory("hf-home"));
    }

    private void register(AutoCloseable closeable, ChildJvm jvm) {
        open.push(closeable);
        children.add(jvm);
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        if (perClass) {
            begin();
        }
    }

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        if (!perClass) {
            begin();
        }
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        context.getExecutionException()
                .ifPresent(failure -> children.forEach(child -> {
                    String output = child.output();
                    System.out.println("---- " + context.getDisplayName() + ": " + child + ", the end of its output");
                    System.out.println(output.substring(Math.max(0, output.length() - TAIL)));
                }));
        if (!perClass) {
            end();
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        if (perClass) {
            end();
        }
    }

    private void begin() throws IOException {
        Path base = Path.of(System.getProperty("java.io.tmpdir"));
        Files.createDirectories(base);
        directory = Files.createTempDirectory(base, "live").toRealPath();
    }

    private void end() throws Exception {
        Path place = directory;
        if (place == null) {
            return;
        }
        List<String> mounted;
        try {
            while (!open.isEmpty()) {
                open.pop().close();
            }
        } finally {
            mounted = KernelMounts.below(place);
            for (String mount : mounted.reversed()) {
                // As root the first is enough, and the second may not be installed.
                if (Command.of("umount", "-l", mount).run().exit() != 0) {
                    Command.of("fusermount3", "-u", "-z", mount).run();
                }
            }
        }
        try {
            for (ChildJvm child : children) {
                Matcher matcher = NEVER_PRINTED.matcher(child.output());
                assertThat(matcher.find())
                        .as("%s printed:%n%s", child, around(child.output(), matcher))
                        .isFalse();
            }
            for (ChildJvm child : secretive) {
                assertThat(child.output().contains(token))
                        .as("%s prints its token", child)
                        .isFalse();
            }
            assertThat(KernelMounts.below(place)).as("mounts that stayed").isEmpty();
        } finally {
            children.clear();
            secretive.clear();
            directory = null;
            delete(place);
        }
    }

    private static String around(String text, Matcher matcher) {
        try {
            return text.substring(Math.max(0, matcher.start() - 500), Math.min(text.length(), matcher.start() + 2500));
        } catch (IllegalStateException noMatch) {
            return "";
        }
    }

    private static void delete(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    /** What is written to logs anywhere below the directory must not hold the token either. */
    public void assertNoTokenBelow(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.filter(Files::isRegularFile).toList()) {
                assertThat(new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1).contains(token))
                        .as("%s holds the token", path)
                        .isFalse();
            }
        }
    }
}
