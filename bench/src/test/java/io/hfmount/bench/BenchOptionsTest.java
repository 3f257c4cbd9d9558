package io.hfmount.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchOptionsTest {
    @Test
    void noArguments_measureAllRowsWithMountsFiveTimes() {
        BenchOptions options = BenchOptions.parse(List.of());
        assertThat(options.rows()).containsExactlyElementsOf(Row.mounts()).doesNotContain(Row.BLAKE3_64K);
        assertThat(options.runs()).isEqualTo(5);
        assertThat(options.json()).isNull();
        assertThat(options.classes()).isNull();
        assertThat(options.python()).isNull();
        assertThat(options.reference()).isNull();
        assertThat(options.quick()).isFalse();
        assertThat(options.sizes()).isEqualTo(Sizes.FULL);
    }

    @Test
    void rows_areMeasuredOnceInTheOrderOfAFullRun() {
        assertThat(BenchOptions.parse(List.of("stat-5000", "seq-write", "stat-5000"))
                        .rows())
                .containsExactly(Row.SEQ_WRITE, Row.STAT_5000);
    }

    @Test
    void jmh_standsForTheKernels() {
        assertThat(BenchOptions.parse(List.of("jmh")).rows())
                .containsExactly(Row.BLAKE3_64K, Row.BLAKE3_64K_HOT, Row.CHUNKER, Row.PIPELINE);
    }

    @Test
    void options_areTakenInBothForms_andTheLastCounts() {
        BenchOptions options = BenchOptions.parse(List.of(
                "--runs",
                "3",
                "--runs=7",
                "--json=/a/../f.json",
                "--dir",
                "/d",
                "--classes=/c:/e/*",
                "--python",
                "/p",
                "--reference=/bin/sh",
                "--quick",
                "peak-rss"));
        assertThat(options)
                .isEqualTo(new BenchOptions(
                        List.of(Row.PEAK_RSS),
                        7,
                        Path.of("/f.json"),
                        Path.of("/d"),
                        "/c:/e/*",
                        Path.of("/p"),
                        Path.of("/bin/sh"),
                        true));
        assertThat(options.sizes()).isEqualTo(Sizes.QUICK);
    }

    @Test
    void referenceThatCannotBeRun_isRefusedWithItsPath(@TempDir Path directory) throws Exception {
        Path text = Files.writeString(directory.resolve("text"), "no program");
        for (Path wrong : List.of(directory.resolve("missing"), directory, text)) {
            assertThatThrownBy(() -> BenchOptions.parse(List.of("--reference", wrong.toString())))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("--reference: " + wrong + " is no executable file");
        }
    }

    @Test
    void unknownRow_isRefusedWithAllRows() {
        assertThatThrownBy(() -> BenchOptions.parse(List.of("seq-wrote")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("seq-wrote: no such row")
                .satisfies(e -> assertThat(Row.labels())
                        .allSatisfy(label -> assertThat(e.getMessage()).contains(label)));
    }

    @ParameterizedTest
    @CsvSource({
        "--runs, --runs: a value",
        "--classes, --classes: a value",
        "--reference, --reference: a value",
        "--json=, --json: a value",
        "--runs=0, --runs: a number",
        "--runs=1001, --runs: a number",
        "--runs=many, --runs: a number",
        "--quick=yes, --quick: takes no value",
        "--rows, --rows: no such option",
        "-x, -x: no such option",
    })
    void badOption_isRefusedByName(String argument, String message) {
        assertThatThrownBy(() -> BenchOptions.parse(List.of(argument)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }
}
