package io.hfmount.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class MeasurementTest {
    private static final Measurement ROW =
            new Measurement(Row.SEQ_WRITE, List.of(400.0, 100.0, 300.0), List.of(1000.0, 1200.0));

    @Test
    void json_hasMediansRatioAndRunsInOrder() {
        assertThat(ROW.json())
                .isEqualTo("{\"row\":\"seq-write\",\"value\":300.0,\"unit\":\"MiB/s\",\"limit\":1100.0,"
                        + "\"ratio\":0.272727,\"runs\":[400.0,100.0,300.0]}");
    }

    @Test
    void missingLimit_isNullInJson() {
        JsonNode json = JsonMapper.shared().readTree(new Measurement(Row.PEAK_RSS, List.of(1.5), List.of()).json());
        assertThat(json.get("limit").isNull()).isTrue();
        assertThat(json.get("ratio").isNull()).isTrue();
        assertThat(json.get("value").doubleValue()).isEqualTo(1.5);
    }

    @Test
    void limitThatTheRowDoesNotName_isNamedInJsonAndTable() {
        Measurement beside = new Measurement(Row.SEQ_WRITE, List.of(300.0), List.of(100.0, 300.0), "another program");
        assertThat(beside.json())
                .isEqualTo(
                        "{\"row\":\"seq-write\",\"value\":300.0,\"unit\":\"MiB/s\",\"limit\":200.0,"
                                + "\"ratio\":1.5,\"limitIs\":\"another program\",\"limitRuns\":[100.0,300.0],\"runs\":[300.0]}");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Report.print(new PrintStream(out, true, StandardCharsets.UTF_8), List.of(beside));
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("| seq-write | 300.0 | MiB/s | 200.0 | 1.50 | 300.0 | another program |");
    }

    @Test
    void limitOfZero_givesNoRatio() {
        assertThat(new Measurement(Row.SEQ_WRITE, List.of(1.0), List.of(0.0)).ratio())
                .isNull();
    }

    @Test
    void valuesThatAreNone_areRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Measurement(Row.SEQ_WRITE, List.of(), List.of()))
                .withMessageContaining("seq-write");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Measurement(Row.SEQ_WRITE, List.of(Double.POSITIVE_INFINITY), List.of()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Measurement(Row.SEQ_WRITE, List.of(1.0), List.of(-1.0)));
    }

    @Property
    void median_splitsTheValuesInHalves(
            @ForAll @Size(min = 1, max = 9) List<@DoubleRange(min = 0, max = 1e9) Double> values) {
        double median = Measurement.median(values);
        assertThat(values.stream().filter(v -> v < median).count()).isLessThanOrEqualTo(values.size() / 2);
        assertThat(values.stream().filter(v -> v > median).count()).isLessThanOrEqualTo(values.size() / 2);
    }

    @Test
    void medianOfTwo_isTheirMean() {
        assertThat(Measurement.median(List.of(3.0, 1.0))).isCloseTo(2.0, within(1e-12));
    }

    @Test
    void report_writesALineARow_andATable(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("new").resolve("results.json");
        Report.writeJson(file, List.of(ROW, new Measurement(Row.STAT_5000, List.of(7.0), List.of())));
        assertThat(Files.readAllLines(file)).hasSize(2).first().isEqualTo(ROW.json());
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Report.print(new PrintStream(out, true, StandardCharsets.UTF_8), List.of(ROW));
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("| seq-write | 300.0 | MiB/s | 1100.0 | 0.273 | 400.0 100.0 300.0 | native file system |");
    }
}
