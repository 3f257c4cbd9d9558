package io.hfmount.api.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DemoOptionsTest {
    @Test
    void defaults_areHereAndTheUsualPorts() {
        DemoOptions options = DemoOptions.parse(List.of());
        assertThat(options.mount()).isEqualTo(Path.of("mnt").toAbsolutePath());
        assertThat(options.port()).isEqualTo(8787);
        assertThat(options.hubPort()).isEqualTo(8788);
        assertThat(options.envFile()).isNull();
        assertThat(options.data()).isAbsolute();
    }

    @Test
    void bothForms_areRead() {
        DemoOptions options = DemoOptions.parse(
                List.of("--mount", "/a/../b", "--data=/d", "--port", "0", "--hub-port=7", "--env-file", "e"));
        assertThat(options)
                .isEqualTo(new DemoOptions(
                        Path.of("/b"), Path.of("/d"), 0, 7, Path.of("e").toAbsolutePath()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"--prot=1", "--port", "--port=x", "--port=70000", "--hub-port=-1", "--mount=", "--mount=/", "x"})
    void optionThatCannotBeUsed_isNamed(String option) {
        assertThatThrownBy(() -> DemoOptions.parse(List.of(option)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(option.split("=")[0] + ": ");
    }
}
