package io.hfmount.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.e2e.live.Command;
import io.hfmount.e2e.live.ControlApi;
import io.hfmount.e2e.live.HubProcess;
import io.hfmount.e2e.live.LiveProcesses;
import io.hfmount.e2e.live.SidecarProcess;
import io.hfmount.model.Meters;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A bucket that another client filled, read through a mount that has never seen it. */
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ForeignBucketTest {
    private static final int LARGE = 50_000_000;
    private static final Pattern SAMPLE = Pattern.compile(
            "[a-zA-Z_:][a-zA-Z0-9_:]*(\\{([a-zA-Z_][a-zA-Z0-9_]*=\"([^\"\\\\\\n]|\\\\[\\\\n\"])*\",?)*\\})? (-?[0-9.]+([eE][+-]?[0-9]+)?|NaN|[+-]Inf)");
    private static final Pattern COMMENT = Pattern.compile(
            "# (HELP [a-zA-Z_:][a-zA-Z0-9_:]* .*|TYPE [a-zA-Z_:][a-zA-Z0-9_:]* (counter|gauge|histogram|summary|untyped))");

    @RegisterExtension
    final LiveProcesses processes = LiveProcesses.ofTest();

    @Test
    void filesOfThePythonClient_areReadColdByEveryPattern() throws Exception {
        HubProcess hub = processes.hub();
        String bucket = hub.createBucket("foreign");
        Path original = processes.newDirectory("original");
        Path large = original.resolve("large.bin");
        for (int size : List.of(0, 1, 65_535, 65_536, 65_537, LARGE)) {
            byte[] content = new byte[size];
            new Random(size).nextBytes(content);
            Files.write(size == LARGE ? large : original.resolve("size-" + size), content);
        }
        Files.createDirectories(original.resolve("odd names/deep #1"));
        for (String name :
                List.of("with space", "hash#1", "percent%", "a%20b", "question?", "ünïcödé ☃ 名前", "a&b=c;d+e")) {
            Files.writeString(original.resolve("odd names/deep #1").resolve(name), "content of " + name);
        }
        processes.python(hub.url(), hub.token(), bucket).syncUp(original);

        SidecarProcess sidecar = processes.sidecar(hub);
        Path mountPoint = processes.newDirectory("mount");
        sidecar.api().mounted(ControlApi.mountRequest("hf://buckets/" + bucket, mountPoint, Map.of()));
        Path cold = mountPoint.resolve("large.bin");
        randomReads(large, cold, 200);
        IntStream.range(0, 4).parallel().forEach(reader -> {
            try {
                assertThat(Files.mismatch(large, cold)).isEqualTo(-1);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        Command.of("diff", "-r", original.toString(), mountPoint.toString()).runs();

        metricsAreWellFormed(
                sidecar.api().get("/actuator/prometheus").expect(200).body());
    }

    private static void randomReads(Path expected, Path actual, int reads) throws IOException {
        Random random = new Random(42);
        byte[] wanted = new byte[4096];
        byte[] got = new byte[4096];
        try (RandomAccessFile left = new RandomAccessFile(expected.toFile(), "r");
                RandomAccessFile right = new RandomAccessFile(actual.toFile(), "r")) {
            for (int i = 0; i < reads; i++) {
                long offset = random.nextInt(LARGE - 4096);
                left.seek(offset);
                left.readFully(wanted);
                right.seek(offset);
                right.readFully(got);
                assertThat(Arrays.equals(wanted, got)).as("4 KiB at %d", offset).isTrue();
            }
        }
    }

    /** The text format of Prometheus (exposition format 0.0.4), and the names that dashboards rely on. */
    private static void metricsAreWellFormed(String scrape) {
        List<String> lines = scrape.lines().toList();
        assertThat(lines)
                .isNotEmpty()
                .allSatisfy(line -> assertThat(
                                line.startsWith("#")
                                        ? COMMENT.matcher(line).matches()
                                        : SAMPLE.matcher(line).matches())
                        .as(line)
                        .isTrue());
        List<String> samples =
                lines.stream().filter(line -> !line.startsWith("#")).toList();
        assertThat(samples.stream()
                        .map(line -> line.substring(0, line.lastIndexOf(' ')))
                        .toList())
                .doesNotHaveDuplicates();
        for (Meters meter : Meters.values()) {
            // Series with labels exist once something happened; a reader causes these.
            boolean certain = meter.labels().isEmpty()
                    || List.of(
                                    Meters.OPS,
                                    Meters.OP_SECONDS,
                                    Meters.BYTES_READ,
                                    Meters.HUB_REQUESTS,
                                    Meters.CAS_REQUESTS)
                            .contains(meter);
            String type = meter.type() == Meters.Type.TIMER
                    ? "histogram"
                    : meter.type().name().toLowerCase();
            if (certain) {
                assertThat(lines).contains("# TYPE " + meter.meterName() + " " + type);
                String first = meter.meterName() + (meter.type() == Meters.Type.TIMER ? "_count{" : "{");
                assertThat(samples).anyMatch(line -> line.startsWith(first) && line.contains("mount=\""));
            }
        }
        assertThat(value(samples, Meters.CAS_BYTES_DOWN)).isGreaterThan(LARGE);
        assertThat(value(samples, Meters.DIRTY_FILES)).isZero();
    }

    private static double value(List<String> samples, Meters meter) {
        return samples.stream()
                .filter(line -> line.startsWith(meter.meterName() + "{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
