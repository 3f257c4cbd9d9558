package io.hfmount.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A Python process that takes commands, a line of JSON each, and answers each with another, so that starting Python is not
 * measured. It ends when its standard input does. One command at a time; not thread-safe.
 */
final class PythonProcess implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final long PATIENCE_SECONDS = 5;

    private final String name;
    private final ChildProcess process;
    private final BufferedWriter commands;
    private final BufferedReader answers;

    private PythonProcess(String name, ChildProcess process) {
        this.name = name;
        this.process = process;
        this.commands = process.process().outputWriter();
        this.answers = process.process().inputReader();
    }

    /**
     * Starts {@code python}.
     *
     * @param name what errors call it
     * @param resource the script, beside this class
     * @param directory gets the script, and its standard error
     */
    static PythonProcess start(
            String name,
            Path python,
            String resource,
            Path directory,
            List<String> arguments,
            Map<String, String> environment)
            throws IOException {
        Path script = directory.resolve(resource);
        try (InputStream source = PythonProcess.class.getResourceAsStream(resource)) {
            if (source == null) {
                throw new IOException(resource + " is missing in this build");
            }
            Files.write(script, source.readAllBytes());
        }
        List<String> command = new ArrayList<>(List.of(python.toString(), "-u", script.toString()));
        command.addAll(arguments);
        return new PythonProcess(
                name, ChildProcess.start(name, command, environment, directory.resolve(resource + ".log"), true));
    }

    ChildProcess process() {
        return process;
    }

    /**
     * The answer to {@code command}.
     *
     * @throws IOException also when the answer is an error, which is then in the message
     */
    JsonNode ask(Map<String, Object> command) throws IOException {
        String line;
        try {
            commands.write(JSON.writeValueAsString(command));
            commands.newLine();
            commands.flush();
            line = answers.readLine();
        } catch (IOException e) {
            throw ended(e);
        }
        if (line == null) {
            throw ended(null);
        }
        JsonNode answer = JSON.readTree(line);
        if (answer.has("error")) {
            throw new IOException(name + " failed: " + answer.path("error").asString());
        }
        return answer;
    }

    /** Why it neither takes nor gives anything any more: with what it said at its end, for which it gets a moment. */
    private IOException ended(@Nullable IOException cause) {
        Process own = process.process();
        own.onExit().completeOnTimeout(own, PATIENCE_SECONDS, TimeUnit.SECONDS).join();
        try {
            process.checkAlive();
        } catch (IOException e) {
            return e;
        }
        return new IOException(name + " closed its input or output", cause);
    }

    @Override
    public void close() throws IOException {
        process.close();
    }
}
