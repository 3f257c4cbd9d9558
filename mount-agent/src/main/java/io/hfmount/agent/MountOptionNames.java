package io.hfmount.agent;

import io.hfmount.model.api.ProblemCode;
import java.math.BigDecimal;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@link MountOptions} by their names in JSON and in configuration: durations as ISO-8601 text, sizes as bytes or as
 * text with a binary suffix ({@code 1GiB}, {@code 64M}), numbers and switches as such or as text. Stateless.
 */
public final class MountOptionNames {
    private record Row(
            String name,
            BiConsumer<MountOptionsBuilder, Object> write,
            Function<MountOptions, @Nullable Object> read) {}

    private static final String AUTO = "auto";
    private static final Pattern SIZE = Pattern.compile("(\\d{1,18})\\s*(?:([kmgt])(?:i?b)?|b)?");

    private static final List<Row> ROWS = List.of(
            new Row(
                    "flushDebounce",
                    (b, v) -> b.flushDebounce(duration("flushDebounce", v)),
                    o -> o.flushDebounce().toString()),
            new Row(
                    "flushMaxBatchWindow",
                    (b, v) -> b.flushMaxBatchWindow(duration("flushMaxBatchWindow", v)),
                    o -> o.flushMaxBatchWindow().toString()),
            new Row(
                    "flushParallelism",
                    (b, v) -> b.flushParallelism(integer("flushParallelism", v)),
                    MountOptions::flushParallelism),
            new Row(
                    "flushItemTimeout",
                    (b, v) -> b.flushItemTimeout(AUTO.equals(v) ? null : duration("flushItemTimeout", v)),
                    o -> {
                        Duration timeout = o.flushItemTimeout();
                        return timeout == null ? AUTO : timeout.toString();
                    }),
            new Row(
                    "flushShutdownTimeout",
                    (b, v) -> b.flushShutdownTimeout(duration("flushShutdownTimeout", v)),
                    o -> o.flushShutdownTimeout().toString()),
            new Row(
                    "pollInterval",
                    (b, v) -> b.pollInterval(duration("pollInterval", v)),
                    o -> o.pollInterval().toString()),
            new Row(
                    "pollListingConcurrency",
                    (b, v) -> b.pollListingConcurrency(integer("pollListingConcurrency", v)),
                    MountOptions::pollListingConcurrency),
            new Row(
                    "metadataTtl",
                    (b, v) -> b.metadataTtl(duration("metadataTtl", v)),
                    o -> o.metadataTtl().toString()),
            new Row(
                    "negativeTtl",
                    (b, v) -> b.negativeTtl(duration("negativeTtl", v)),
                    o -> o.negativeTtl().toString()),
            new Row(
                    "listAheadLimit",
                    (b, v) -> b.listAheadLimit(integer("listAheadLimit", v)),
                    MountOptions::listAheadLimit),
            new Row(
                    "inodeSoftLimit",
                    (b, v) -> b.inodeSoftLimit(integer("inodeSoftLimit", v)),
                    MountOptions::inodeSoftLimit),
            new Row("uid", (b, v) -> b.uid(number("uid", v)), MountOptions::uid),
            new Row("gid", (b, v) -> b.gid(number("gid", v)), MountOptions::gid),
            new Row("fuseOwnerOnly", (b, v) -> b.ownerOnly(flag("fuseOwnerOnly", v)), MountOptions::ownerOnly),
            new Row("directIo", (b, v) -> b.directIo(flag("directIo", v)), MountOptions::directIo),
            new Row("noFilterOsFiles", (b, v) -> b.filterOsFiles(!flag("noFilterOsFiles", v)), o -> !o.filterOsFiles()),
            new Row("tokenFile", (b, v) -> b.tokenFile(path("tokenFile", v)), o -> {
                Path file = o.tokenFile();
                return file == null ? null : file.toString();
            }),
            new Row("cacheSize", (b, v) -> b.cacheSize(size("cacheSize", v)), MountOptions::cacheSize),
            new Row(
                    "cacheMode",
                    (b, v) -> b.cacheMode(choice("cacheMode", v, CacheMode.class)),
                    o -> o.cacheMode().name().toLowerCase(Locale.ROOT)),
            new Row(
                    "readFetchTimeout",
                    (b, v) -> b.readFetchTimeout(duration("readFetchTimeout", v)),
                    o -> o.readFetchTimeout().toString()),
            new Row(
                    "maxInflightReads",
                    (b, v) -> b.maxInflightReads(integer("maxInflightReads", v)),
                    MountOptions::maxInflightReads),
            new Row("maxReadMemory", (b, v) -> b.maxReadMemory(size("maxReadMemory", v)), MountOptions::maxReadMemory),
            new Row("sparseMinSize", (b, v) -> b.sparseMinSize(size("sparseMinSize", v)), MountOptions::sparseMinSize));

    private MountOptionNames() {}

    /** All names, in the order of the documentation. */
    public static List<String> names() {
        return ROWS.stream().map(Row::name).toList();
    }

    /**
     * Changes options by name.
     *
     * @param base what is not named
     * @param values text, numbers or switches by name
     * @throws InvalidOptionException for a name that is no option, a value of a wrong type or out of bounds
     */
    public static MountOptions apply(MountOptions base, Map<String, ? extends @Nullable Object> values) {
        MountOptionsBuilder builder = base.toBuilder();
        values.forEach((name, value) -> {
            Row row = ROWS.stream().filter(r -> r.name.equals(name)).findFirst().orElse(null);
            if (row == null) {
                throw new InvalidOptionException(
                        ProblemCode.UNKNOWN_OPTION, printable(name), "no such option; the options are " + names());
            }
            if (value == null) {
                throw new InvalidOptionException(
                        ProblemCode.BAD_OPTION, name, "null is no value; leave the option out");
            }
            row.write.accept(builder, value);
        });
        return builder.build();
    }

    /** The effective options by name; those without a value are left out. */
    public static Map<String, Object> describe(MountOptions options) {
        Map<String, Object> described = new LinkedHashMap<>();
        for (Row row : ROWS) {
            Object value = row.read.apply(options);
            if (value != null) {
                described.put(row.name, value);
            }
        }
        return described;
    }

    private static Duration duration(String option, Object value) {
        if (value instanceof String text && text.length() <= 64) {
            try {
                return Duration.parse(text);
            } catch (DateTimeParseException | ArithmeticException e) {
                // answered below, with an example
            }
        }
        throw new InvalidOptionException(
                ProblemCode.BAD_DURATION, option, "an ISO-8601 duration like PT0.2S or PT5M is expected");
    }

    private static long number(String option, Object value) {
        try {
            if (value instanceof Number n) {
                return new BigDecimal(n.toString()).longValueExact();
            }
            if (value instanceof String text && text.length() <= 32) {
                return Long.parseLong(text.strip());
            }
        } catch (ArithmeticException | NumberFormatException e) {
            // answered below
        }
        throw new InvalidOptionException(ProblemCode.BAD_OPTION, option, "a whole number is expected");
    }

    private static int integer(String option, Object value) {
        long number = number(option, value);
        return (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, number));
    }

    private static long size(String option, Object value) {
        if (!(value instanceof String text)) {
            return number(option, value);
        }
        Matcher matcher = SIZE.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (text.length() > 32 || !matcher.matches()) {
            throw new InvalidOptionException(
                    ProblemCode.BAD_OPTION, option, "a size in bytes or like 64MiB or 10G is expected");
        }
        String unit = matcher.group(2);
        int shift = unit == null ? 0 : 10 * ("kmgt".indexOf(unit) + 1);
        long count = Long.parseLong(matcher.group(1));
        if (count > Long.MAX_VALUE >> shift) {
            throw new InvalidOptionException(ProblemCode.BAD_OPTION, option, "the size is too large");
        }
        return count << shift;
    }

    private static <E extends Enum<E>> E choice(String option, Object value, Class<E> choices) {
        List<String> names = new ArrayList<>();
        for (E choice : choices.getEnumConstants()) {
            String name = choice.name().toLowerCase(Locale.ROOT);
            if (name.equals(value)) {
                return choice;
            }
            names.add(name);
        }
        throw new InvalidOptionException(
                ProblemCode.BAD_OPTION, option, "one of " + String.join(", ", names) + " is expected");
    }

    private static boolean flag(String option, Object value) {
        if (value instanceof Boolean flag) {
            return flag;
        }
        if ("true".equals(value) || "false".equals(value)) {
            return "true".equals(value);
        }
        throw new InvalidOptionException(ProblemCode.BAD_OPTION, option, "true or false is expected");
    }

    private static Path path(String option, Object value) {
        if (value instanceof String text && !text.isEmpty()) {
            try {
                return Path.of(text);
            } catch (InvalidPathException e) {
                // answered below
            }
        }
        throw new InvalidOptionException(ProblemCode.BAD_OPTION, option, "an absolute path is expected");
    }

    private static String printable(String name) {
        String cut = name.length() <= 64 ? name : name.substring(0, 64) + "…";
        return cut.replaceAll("\\p{Cntrl}", "?");
    }
}
