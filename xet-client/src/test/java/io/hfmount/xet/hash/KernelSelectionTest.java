package io.hfmount.xet.hash;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.xet.vectors.VectorInput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class KernelSelectionTest {
    private static final String EXPECTED = "hash "
            + new Blake3Hasher(new int[8], () -> KernelChoice.SCALAR)
                    .hash(VectorInput.random(9, KernelProbe.LENGTH), 0, KernelProbe.LENGTH);

    private static String probe(String... flags) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(flags));
        command.addAll(List.of(
                "-Xlog:class+load:stdout",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                KernelProbe.class.getName()));
        Process child = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String out = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(child.exitValue()).as(out).isZero();
            return out;
        } finally {
            child.destroyForcibly();
        }
    }

    @Test
    void jvm_withoutTheVectorModule_hashesInPlainJavaAndLoadsNoVectorClass() throws Exception {
        String out = probe();
        assertThat(out)
                .contains("best SCALAR", EXPECTED, "BLAKE3 runs in plain Java", "--add-modules jdk.incubator.vector")
                .doesNotContain(
                        "LaneKernel", "Lanes8Kernel", "Lanes16Kernel", "VectorWidth", "jdk.incubator.vector.Int");
    }

    @Test
    void jvm_withTheVectorModule_hashesTheSameOnWhatTheProcessorOffers() throws Exception {
        String out = probe("--add-modules", "jdk.incubator.vector");
        assertThat(out)
                .contains("best " + VectorWidth.choice().name(), EXPECTED, "BLAKE3 runs ")
                .contains("VectorWidth");
    }

    @Test
    void thisJvm_hasTheVectorModule_soThatTheOtherTestsMeanWhatTheySay() {
        assertThat(KernelChoice.hasVectors()).isTrue();
        assertThat(KernelChoice.best()).isEqualTo(VectorWidth.choice());
    }
}
