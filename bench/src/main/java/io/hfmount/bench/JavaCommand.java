package io.hfmount.bench;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How this process was started, for others that run like it: {@code ./run} gives every process of ours the same flags,
 * so the ones measured here have exactly what users get.
 *
 * @param java the launcher
 * @param flags of the JVM
 * @param classPath of all our code
 */
record JavaCommand(Path java, List<String> flags, String classPath) {
    JavaCommand {
        flags = List.copyOf(flags);
    }

    /** The command of this process. */
    static JavaCommand own() {
        return new JavaCommand(
                Path.of(System.getProperty("java.home"), "bin", "java"),
                ManagementFactory.getRuntimeMXBean().getInputArguments(),
                System.getProperty("java.class.path"));
    }

    /** The same with other code; null for the same code. */
    JavaCommand withClassPath(@Nullable String other) {
        return other == null ? this : new JavaCommand(java, flags, other);
    }

    /** The command line that runs {@code mainClass}. */
    List<String> of(String mainClass, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(java.toString());
        command.addAll(flags);
        command.addAll(List.of("-cp", classPath, mainClass));
        command.addAll(arguments);
        return command;
    }
}
