package io.hfmount.bench;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The command line. Immutable.
 *
 * @param rows what to measure, in order, without repetition, not empty
 * @param runs of each row
 * @param json gets a line of JSON a row, null for none
 * @param directory holds everything of a run in a directory of its own, which is removed
 * @param classes class path of the sidecar and the Hub, null for that of this process
 * @param python interpreter with huggingface_hub, hf_xet and blake3, null for none
 * @param reference the executable {@code hf-mount-fuse} to compare with, null for none
 * @param quick small sizes: whether it works, not how fast it is
 */
record BenchOptions(
        List<Row> rows,
        int runs,
        @Nullable Path json,
        Path directory,
        @Nullable String classes,
        @Nullable Path python,
        @Nullable Path reference,
        boolean quick) {
    static final String USAGE =
            "usage: ./run bench [ROW…] [--json F] [--runs N] [--dir DIR] [--classes CP] [--python PY] [--reference BIN] [--quick]; without rows all with mounts, but not edits";
    private static final int DEFAULT_RUNS = 5;
    private static final int MOST_RUNS = 1000;

    /**
     * Reads {@code --name value}, {@code --name=value} and rows; of a repeated option the last counts.
     *
     * @throws IllegalArgumentException with one line that says what is wrong
     */
    static BenchOptions parse(List<String> args) {
        EnumSet<Row> rows = EnumSet.noneOf(Row.class);
        int runs = DEFAULT_RUNS;
        Path json = null;
        Path directory = Path.of("build", "bench");
        String classes = null;
        Path python = null;
        Path reference = null;
        boolean quick = false;
        List<String> left = new ArrayList<>(args);
        while (!left.isEmpty()) {
            String arg = left.removeFirst();
            int equals = arg.indexOf('=');
            if (arg.startsWith("--") && equals > 0) {
                left.addFirst(arg.substring(equals + 1));
                arg = arg.substring(0, equals);
                if (arg.equals("--quick")) {
                    throw new IllegalArgumentException("--quick: takes no value");
                }
            }
            switch (arg) {
                case "--runs" -> runs = number(arg, value(arg, left));
                case "--json" -> json = path(arg, value(arg, left));
                case "--dir" -> directory = path(arg, value(arg, left));
                case "--classes" -> classes = value(arg, left);
                case "--python" -> python = path(arg, value(arg, left));
                case "--reference" -> reference = executable(arg, value(arg, left));
                case "--quick" -> quick = true;
                case Row.KERNELS -> rows.addAll(Row.kernels());
                case Row.EDITS -> rows.addAll(Row.edits());
                default -> rows.add(row(arg));
            }
        }
        return new BenchOptions(
                List.copyOf(rows.isEmpty() ? Row.mounts() : rows),
                runs,
                json,
                directory.toAbsolutePath().normalize(),
                classes,
                python,
                reference,
                quick);
    }

    Sizes sizes() {
        return quick ? Sizes.QUICK : Sizes.FULL;
    }

    private static Row row(String arg) {
        if (arg.startsWith("-")) {
            throw new IllegalArgumentException(arg + ": no such option; " + USAGE);
        }
        return Row.of(arg)
                .orElseThrow(() -> new IllegalArgumentException(arg + ": no such row; the rows are "
                        + String.join(", ", Row.labels()) + ", " + Row.EDITS
                        + " for those about edits of large files, and "
                        + Row.KERNELS + " for the kernels"));
    }

    private static String value(String name, List<String> left) {
        if (left.isEmpty() || left.getFirst().isBlank()) {
            throw new IllegalArgumentException(name + ": a value is expected");
        }
        return left.removeFirst();
    }

    private static int number(String name, String text) {
        try {
            int number = Integer.parseInt(text);
            if (number >= 1 && number <= MOST_RUNS) {
                return number;
            }
        } catch (NumberFormatException e) {
            // answered below
        }
        throw new IllegalArgumentException(name + ": a number from 1 to " + MOST_RUNS + " is expected");
    }

    private static Path executable(String name, String text) {
        Path path = path(name, text);
        if (!Files.isRegularFile(path) || !Files.isExecutable(path)) {
            throw new IllegalArgumentException(name + ": " + path + " is no executable file");
        }
        return path;
    }

    private static Path path(String name, String text) {
        try {
            return Path.of(text).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(name + ": a path is expected");
        }
    }
}
