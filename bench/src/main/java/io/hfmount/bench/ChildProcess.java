package io.hfmount.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A process under measurement, its output in a file. Closing it asks it to end and waits; one that does not end is
 * killed, and that is an error. Thread-safe.
 */
final class ChildProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int SHOWN = 2000;

    private final String name;
    private final Process process;
    private final Path log;

    private ChildProcess(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
    }

    /** Starts {@code command}; only its standard error goes to {@code log} when {@code piped}. */
    static ChildProcess start(
            String name, List<String> command, Map<String, String> environment, Path log, boolean piped)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
        if (!piped) {
            builder.redirectErrorStream(true).redirectOutput(log.toFile());
        }
        builder.environment().putAll(environment);
        return new ChildProcess(name, builder.start(), log);
    }

    Process process() {
        return process;
    }

    /**
     * Throws when the process has ended.
     *
     * @throws IOException with the end of its output
     */
    void checkAlive() throws IOException {
        if (!process.isAlive()) {
            throw new IOException(name + " ended with " + process.exitValue() + ": " + lastOutput());
        }
    }

    /** The most memory it ever had resident, in MiB. */
    double peakMebibytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
            if (line.startsWith("VmHWM:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
            }
        }
        throw new IOException(name + " has no VmHWM in /proc");
    }

    /** Processor time it used so far. */
    Duration cpu() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** The end of its output so far. */
    String lastOutput() throws IOException {
        String text = Files.readString(log, StandardCharsets.UTF_8);
        return text.substring(Math.max(0, text.length() - SHOWN)).strip();
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        boolean ended = false;
        try {
            ended = process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!ended) {
            process.destroyForcibly();
            throw new IOException(name + " did not end within " + PATIENCE + ": " + lastOutput());
        }
    }
}
