package io.hfmount.e2e.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/**
 * A JVM with the class path of this build. Both its output streams go to one file. Assertions are on, so that the
 * invariants of the product are checked where it runs for real.
 */
public final class ChildJvm implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(90);
    /** Whatever the machine has set must not reach the child: it is told everything it needs. */
    private static final List<String> FOREIGN_SETTINGS = List.of(
            "HF_TOKEN", "HF_TOKEN_FILE", "HF_ENDPOINT", "HFMOUNT_PORT", "HFMOUNT_DATA_DIR", "JAVA_TOOL_OPTIONS");

    private final String name;
    private final Path output;
    private final Process process;

    private ChildJvm(String name, Path output, Process process) {
        this.name = name;
        this.output = output;
        this.process = process;
    }

    static ChildJvm start(
            String name, Path directory, String mainClass, List<String> arguments, Map<String, String> environment)
            throws IOException {
        // A signal that this JVM ignores, as background jobs of a shell do, would be ignored by the child as well.
        List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT,TERM,HUP"));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-ea",
                "-Xmx768m",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dfile.encoding=UTF-8",
                "-Dio.netty.leakDetection.level=advanced",
                "-Djava.io.tmpdir=" + directory,
                "-cp",
                System.getProperty("java.class.path"),
                mainClass));
        command.addAll(arguments);
        Path output = Files.createTempFile(directory, name + "-", ".log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().keySet().removeAll(FOREIGN_SETTINGS);
        builder.environment().putAll(environment);
        return new ChildJvm(name, output, builder.start());
    }

    /** Its process id. */
    public long pid() {
        return process.pid();
    }

    /** Whether it runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** What it has printed and logged until now. */
    public String output() {
        try {
            return Files.readString(output, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError("the output of " + name + " cannot be read", e);
        }
    }

    /** Waits until it has printed a line that holds {@code pattern}. */
    public Matcher awaitOutput(Pattern pattern) {
        Matcher[] found = new Matcher[1];
        Awaitility.await(name + " prints " + pattern)
                .atMost(START_LIMIT)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> {
                    boolean ended = !process.isAlive();
                    Matcher matcher = pattern.matcher(output());
                    if (matcher.find()) {
                        found[0] = matcher;
                        return true;
                    }
                    if (ended) {
                        throw new AssertionError(name + " ended with " + process.exitValue() + ":\n" + output());
                    }
                    return false;
                });
        return found[0];
    }

    /**
     * Sends a signal.
     *
     * @param signal without SIG, such as TERM
     */
    public void signal(String signal) {
        Command.of("kill", "-" + signal, Long.toString(pid())).runs();
    }

    /** Waits for its end and tells the exit code. */
    public int awaitExit(Duration limit) {
        try {
            assertThat(process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS))
                    .as("%s does not end; it printed:%n%s", name, output())
                    .isTrue();
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** SIGKILL, and waits for the end. */
    public void kill() {
        process.destroyForcibly();
        awaitExit(Duration.ofSeconds(30));
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            kill();
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
