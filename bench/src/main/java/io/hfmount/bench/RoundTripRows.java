package io.hfmount.bench;

import io.hfmount.bench.roundtrip.RoundTripClient;
import io.hfmount.bench.roundtrip.RoundTripServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The rows of one round trip through an engine (fuse-transports §1, "pinned"): server and client share one processor, so
 * the figure is what a request costs and not how long the other processor takes to wake up.
 */
final class RoundTripRows {
    /** Measured with C libfuse's passthrough_ll on a virtual machine like the one that docs/performance.md names. */
    private static final double C_LIBRARY_MICROS = 9;

    private static final int READS = 100_000;
    private static final int READS_QUICK = 500;
    private static final String PROCESSORS = "Cpus_allowed_list:";

    private RoundTripRows() {}

    /**
     * Measures {@code rows}, which are round trips.
     *
     * @param parent gets a directory for the run, which is removed
     * @param failed gets a line for each row that has no result
     */
    static List<Measurement> measure(
            Set<Row> rows, int runs, boolean quick, Path parent, JavaCommand java, List<String> failed)
            throws IOException {
        Files.createDirectories(parent);
        List<Measurement> results = new ArrayList<>();
        for (Row row : rows) {
            Path directory = Files.createTempDirectory(parent, "roundtrip-");
            try {
                Samples samples = new Samples();
                for (int run = 0; run < runs; run++) {
                    samples.value(row, micros(engine(row), directory, quick ? READS_QUICK : READS, java));
                    samples.limit(row, C_LIBRARY_MICROS);
                }
                results.addAll(samples.measurements());
            } catch (IOException e) {
                failed.add(row.label() + ": " + e.getMessage());
            } finally {
                Testbed.remove(directory);
            }
        }
        return results;
    }

    private static String engine(Row row) {
        return row == Row.ROUNDTRIP_4K_JNR ? "jnr-fuse" : "fuse";
    }

    /** One run, in two new processes. */
    private static double micros(String engine, Path directory, int reads, JavaCommand java) throws IOException {
        Path mount = Files.createDirectories(directory.resolve("mount"));
        List<String> serve = pinned(java.of(RoundTripServer.class.getName(), List.of(engine, mount.toString())));
        Path log = directory.resolve("server.log");
        try (ChildProcess server = ChildProcess.start("the server of " + engine, serve, Map.of(), log, true);
                BufferedReader said = server.process().inputReader(StandardCharsets.UTF_8)) {
            String line = said.readLine();
            while (line != null && !line.equals(RoundTripServer.SERVING)) {
                line = said.readLine(); // what the logger prints
            }
            if (line == null) {
                throw new IOException(
                        "it did not mount: " + Files.readString(log).strip());
            }
            double micros = clientSays(mount.resolve(RoundTripServer.FILE), directory, reads, java);
            server.process().getOutputStream().close(); // asks it to unmount and end
            if (server.process().onExit().join().exitValue() != 0) {
                throw new IOException(
                        "the server failed: " + Files.readString(log).strip());
            }
            return micros;
        }
    }

    private static double clientSays(Path file, Path directory, int reads, JavaCommand java) throws IOException {
        List<String> read =
                pinned(java.of(RoundTripClient.class.getName(), List.of(file.toString(), Integer.toString(reads))));
        Path log = directory.resolve("client.log");
        try (ChildProcess client = ChildProcess.start("the client", read, Map.of(), log, true);
                BufferedReader said = client.process().inputReader(StandardCharsets.UTF_8)) {
            String line = said.readLine();
            if (line == null) {
                throw new IOException(
                        "the client failed: " + Files.readString(log).strip());
            }
            return Double.parseDouble(line);
        }
    }

    /** {@code command} on the first processor that this process may use. */
    private static List<String> pinned(List<String> command) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith(PROCESSORS)) {
                String first = line.substring(PROCESSORS.length()).strip().split("[-,]", 2)[0];
                List<String> all = new ArrayList<>(List.of("taskset", "-c", first));
                all.addAll(command);
                return all;
            }
        }
        throw new IOException("/proc/self/status does not say which processors may be used");
    }
}
