package io.hfmount.e2e.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A program that is run to its end. Immutable. */
public record Command(List<String> words, @Nullable Path directory, Map<String, String> environment, Duration limit) {
    /**
     * How it ended.
     *
     * @param exit exit code
     * @param output of both streams
     */
    public record Ended(int exit, String output) {}

    public Command {
        words = List.copyOf(words);
        environment = Map.copyOf(environment);
    }

    /** A program with its arguments. */
    public static Command of(String... words) {
        return new Command(List.of(words), null, Map.of(), Duration.ofSeconds(120));
    }

    /** A line for the shell, which ends at the first failing command. */
    public static Command shell(String line) {
        return of("bash", "-euo", "pipefail", "-c", line);
    }

    /** Run there. */
    public Command in(Path where) {
        return new Command(words, where, environment, limit);
    }

    /** With a variable. */
    public Command with(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(environment);
        more.put(name, value);
        return new Command(words, directory, more, limit);
    }

    /** Ended by force after {@code longest}. */
    public Command within(Duration longest) {
        return new Command(words, directory, environment, longest);
    }

    /** Runs it; it must succeed. */
    public String runs() {
        Ended ended = run();
        assertThat(ended.exit()).as("%s%n%s", words, ended.output()).isZero();
        return ended.output();
    }

    /** Runs it. */
    public Ended run() {
        Path output = null;
        try {
            output = Files.createTempFile("command", ".out");
            ProcessBuilder builder =
                    new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(output.toFile());
            if (directory != null) {
                builder.directory(directory.toFile());
            }
            builder.environment().put("LC_ALL", "C.UTF-8");
            builder.environment().putAll(environment);
            Process process = builder.start();
            try {
                process.getOutputStream().close();
                boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
                String text = new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
                assertThat(ended)
                        .as("%s takes longer than %s%n%s", words, limit, text)
                        .isTrue();
                return new Ended(process.exitValue(), text);
            } finally {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        } catch (IOException e) {
            throw new AssertionError("cannot run " + words, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        } finally {
            if (output != null) {
                output.toFile().delete();
            }
        }
    }
}
