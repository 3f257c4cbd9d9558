package io.hfmount.emulator;

import io.hfmount.emulator.storage.WindowMode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs an embedded Hub until SIGTERM or SIGINT. Exit codes: 0 ended, 2 bad option, 1 anything else. */
@Command(
        name = "hub",
        mixinStandardHelpOptions = true,
        description = "An embedded Hugging Face Hub for buckets and repos, kept in one directory.",
        footer = {
            "",
            "It starts empty. Fill it with any Hub client, for instance",
            "  HF_ENDPOINT=http://127.0.0.1:PORT HF_TOKEN=hf_demo hf upload demo/model ./folder",
            "which makes the model demo/model of the files in ./folder (--repo-type dataset or space for the others)."
        })
public final class HubMain implements Callable<Integer> {
    private static final String LOG_SETTINGS = "logback.configurationFile";

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--port", defaultValue = "0", description = "Port on loopback; 0 takes a free one.")
    private int port;

    @Option(names = "--data", required = true, paramLabel = "DIR", description = "Where everything is kept.")
    private @Nullable Path data;

    @Option(
            names = "--user",
            paramLabel = "NAME=TOKEN",
            description = "A user and its token, which starts with hf_; may be repeated. Default: demo=hf_demo.")
    private List<String> users = List.of();

    @Option(
            names = "--windows",
            defaultValue = "aligned",
            paramLabel = "MODE",
            description = "Where windows of range uploads end: aligned or plain.")
    private String windows = "aligned";

    @Option(names = "--port-file", paramLabel = "FILE", description = "Gets the port as one line once the Hub answers.")
    private @Nullable Path portFile;

    /** Whether a signal should end a Hub that runs well; then the process reports success. */
    private final AtomicBoolean serving = new AtomicBoolean();

    HubMain() {}

    /** Parses the options and runs. */
    public static void main(String[] arguments) {
        // its own log settings, named here because this module is a library too and must not bring a logback.xml
        if (System.getProperty(LOG_SETTINGS) == null) {
            System.setProperty(LOG_SETTINGS, "io/hfmount/emulator/hub-logback.xml");
        }
        System.exit(commandLine().execute(arguments));
    }

    /** The command line of {@link #main}. */
    static CommandLine commandLine() {
        return new CommandLine(new HubMain()).setExecutionExceptionHandler((error, command, parsed) -> {
            command.getErr().println("hub: " + error.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        });
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        try (HubEmulator hub = HubEmulator.start(config())) {
            Runtime.getRuntime()
                    .addShutdownHook(Thread.ofPlatform().name("hub-stop").unstarted(() -> stop(hub)));
            serving.set(true);
            try {
                if (portFile != null) {
                    writeAtomically(portFile, URI.create(hub.url()).getPort() + "\n");
                }
                System.out.println(hub.url());
                System.out.flush();
                new CountDownLatch(1).await(); // a signal ends it
            } finally {
                serving.set(false);
            }
        }
        return CommandLine.ExitCode.OK;
    }

    /** Runs as shutdown hook. A JVM that a signal ends would report the signal, so it halts with success itself. */
    private void stop(HubEmulator hub) {
        if (serving.getAndSet(false)) {
            int code = CommandLine.ExitCode.OK;
            try {
                hub.close();
            } catch (IOException | RuntimeException e) {
                System.err.println("hub: could not close cleanly: " + e.getMessage());
                code = CommandLine.ExitCode.SOFTWARE;
            }
            System.out.flush();
            Runtime.getRuntime().halt(code);
        }
    }

    private EmulatorConfig config() {
        try {
            EmulatorConfig config = EmulatorConfig.in(Objects.requireNonNull(data))
                    .withPort(port)
                    .withWindows(windowMode());
            return users.isEmpty() ? config : config.withUsers(usersByName());
        } catch (IllegalArgumentException e) {
            throw wrong(String.valueOf(e.getMessage()));
        }
    }

    private WindowMode windowMode() {
        return switch (windows.toLowerCase(Locale.ROOT)) {
            case "aligned" -> WindowMode.ALIGNED;
            case "plain" -> WindowMode.PLAIN;
            default -> throw wrong("--windows must be aligned or plain");
        };
    }

    private Map<String, String> usersByName() {
        Map<String, String> tokenOf = new LinkedHashMap<>();
        for (String user : users) {
            int equals = user.indexOf('=');
            if (equals < 1) {
                throw wrong("--user must look like NAME=TOKEN");
            }
            tokenOf.put(user.substring(0, equals), user.substring(equals + 1));
        }
        return tokenOf;
    }

    private ParameterException wrong(String message) {
        return new ParameterException(Objects.requireNonNull(spec).commandLine(), message);
    }

    private static void writeAtomically(Path file, String text) throws IOException {
        Path draft = file.resolveSibling(file.getFileName() + ".tmp");
        Files.writeString(draft, text);
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
