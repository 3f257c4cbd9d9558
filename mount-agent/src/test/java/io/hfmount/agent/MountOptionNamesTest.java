package io.hfmount.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.model.BucketSource;
import io.hfmount.model.api.ProblemCode;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MountOptionNamesTest {
    @Test
    void describedDefaults_appliedAgain_giveTheDefaults() {
        Map<String, Object> described = MountOptionNames.describe(MountOptions.DEFAULTS);
        assertThat(described)
                .containsEntry("flushDebounce", "PT2S")
                .containsEntry("flushItemTimeout", "auto")
                .containsEntry("noFilterOsFiles", false)
                .doesNotContainKeys("uid", "tokenFile");
        assertThat(MountOptionNames.apply(MountOptions.DEFAULTS, described)).isEqualTo(MountOptions.DEFAULTS);
    }

    @Test
    void everyName_isDescribedWhenSet() {
        MountOptions all = MountOptions.DEFAULTS.toBuilder()
                .uid(7L)
                .gid(8L)
                .tokenFile(Path.of("/t"))
                .build();
        assertThat(MountOptionNames.describe(all).keySet()).containsExactlyElementsOf(MountOptionNames.names());
    }

    @Test
    void valuesAsTextOrJson_areRead() {
        MountOptions read = MountOptionNames.apply(
                MountOptions.DEFAULTS,
                Map.of(
                        "flushDebounce", "PT0.2S",
                        "flushParallelism", 8,
                        "pollListingConcurrency", "2",
                        "uid", 4294967294L,
                        "fuseOwnerOnly", true,
                        "noFilterOsFiles", "true",
                        "cacheSize", "1GiB",
                        "maxReadMemory", "64m",
                        "cacheMode", "file",
                        "flushItemTimeout", "PT90S"));
        assertThat(read.flushDebounce()).isEqualTo(Duration.ofMillis(200));
        assertThat(read.flushParallelism()).isEqualTo(8);
        assertThat(read.pollListingConcurrency()).isEqualTo(2);
        assertThat(read.uid()).isEqualTo(4294967294L);
        assertThat(read.ownerOnly()).isTrue();
        assertThat(read.filterOsFiles()).isFalse();
        assertThat(read.cacheSize()).isEqualTo(1L << 30);
        assertThat(read.maxReadMemory()).isEqualTo(64L << 20);
        assertThat(read.cacheMode()).isEqualTo(CacheMode.FILE);
        assertThat(read.flushItemTimeout()).isEqualTo(Duration.ofSeconds(90));
    }

    @Test
    void inodeSoftLimit_isZeroOrAtLeastAThousand() {
        assertThat(MountOptions.DEFAULTS.inodeSoftLimit()).isEqualTo(100_000);
        for (int limit : new int[] {0, 1000, 2_000_000_000}) {
            assertThat(MountOptionNames.apply(MountOptions.DEFAULTS, Map.of("inodeSoftLimit", limit))
                            .inodeSoftLimit())
                    .isEqualTo(limit);
        }
    }

    @Test
    void sparseMinSize_isASizeFromZeroOn() {
        assertThat(MountOptions.DEFAULTS.sparseMinSize()).isEqualTo(256L << 10);
        assertThat(MountOptionNames.apply(MountOptions.DEFAULTS, Map.of("sparseMinSize", "4MiB"))
                        .sparseMinSize())
                .isEqualTo(4L << 20);
        assertThat(MountOptionNames.apply(MountOptions.DEFAULTS, Map.of("sparseMinSize", 0))
                        .sparseMinSize())
                .isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "flushDebounce, 2000, BAD_DURATION",
        "flushDebounce, -PT1S, BAD_DURATION",
        "flushDebounce, PT99999999999999999999S, BAD_DURATION",
        "flushDebounce, P4000D, BAD_DURATION",
        "flushItemTimeout, PT0.5S, BAD_DURATION",
        "pollInterval, PT0.5S, BAD_DURATION",
        "flushParallelism, 0, BAD_OPTION",
        "listAheadLimit, -1, BAD_OPTION",
        "listAheadLimit, 1000001, BAD_OPTION",
        "inodeSoftLimit, 999, BAD_OPTION",
        "inodeSoftLimit, -1, BAD_OPTION",
        "flushParallelism, 65, BAD_OPTION",
        "flushParallelism, 99999999999, BAD_OPTION",
        "flushParallelism, 1.5, BAD_OPTION",
        "uid, 4294967295, BAD_OPTION",
        "gid, -1, BAD_OPTION",
        "directIo, yes, BAD_OPTION",
        "tokenFile, relative/path, BAD_OPTION",
        "cacheSize, 9999999999T, BAD_OPTION",
        "cacheSize, -5, BAD_OPTION",
        "cacheMode, both, BAD_OPTION",
        "cacheMode, FILE, BAD_OPTION",
        "maxReadMemory, 0, BAD_OPTION",
        "sparseMinSize, -1, BAD_OPTION",
        "sparseMinSize, 9223372036854775807, BAD_OPTION",
        "sparseMinSize, large, BAD_OPTION",
        "maxInflightReads, 0, BAD_OPTION",
        "flush-debounce, PT1S, UNKNOWN_OPTION",
        "nonsense, 1, UNKNOWN_OPTION",
    })
    void valueThatCannotBeUsed_isRefusedWithTheOptionsName(String name, String value, ProblemCode code) {
        assertThatThrownBy(() -> MountOptionNames.apply(MountOptions.DEFAULTS, Map.of(name, value)))
                .isInstanceOfSatisfying(InvalidOptionException.class, e -> {
                    assertThat(e.code()).isEqualTo(code);
                    assertThat(e.option()).isEqualTo(name);
                    assertThat(e).hasMessageStartingWith("option " + name + ": ");
                });
    }

    @Test
    void numbersOutOfAnyBounds_andNull_areRefused() {
        assertThatThrownBy(() -> MountOptionNames.apply(
                        MountOptions.DEFAULTS, Map.of("cacheSize", new BigInteger("99999999999999999999"))))
                .isInstanceOf(InvalidOptionException.class);
        assertThatThrownBy(() -> MountOptionNames.apply(
                        MountOptions.DEFAULTS, Collections.<String, Object>singletonMap("uid", null)))
                .isInstanceOf(InvalidOptionException.class)
                .hasMessageContaining("null");
    }

    @Test
    void unknownNameWithControlCharacters_isNotEchoedRaw() {
        assertThatThrownBy(() -> MountOptionNames.apply(MountOptions.DEFAULTS, Map.of("a\nb".repeat(100), "1")))
                .isInstanceOfSatisfying(
                        InvalidOptionException.class,
                        e -> assertThat(e.option()).doesNotContain("\n").hasSizeLessThan(70));
    }

    @Test
    void windowShorterThanDebounce_isRaised() {
        MountOptions read = MountOptionNames.apply(MountOptions.DEFAULTS, Map.of("flushDebounce", "PT1M"));
        assertThat(read.flushMaxBatchWindow()).isEqualTo(Duration.ofMinutes(1));
    }

    @Test
    void mountId_dependsOnSourceAndMountPointAlone() {
        BucketSource source = BucketSource.parse("hf://buckets/ann/data");
        MountSpec one = new MountSpec(source, Path.of("/m"), MountMode.STAGED, "fuse", MountOptions.DEFAULTS);
        MountSpec same = new MountSpec(
                source,
                Path.of("/m"),
                MountMode.READ_ONLY,
                "fuse",
                MountOptions.DEFAULTS.toBuilder().flushParallelism(1).build());
        MountSpec other = new MountSpec(source, Path.of("/n"), MountMode.STAGED, "fuse", MountOptions.DEFAULTS);
        assertThat(one.id()).hasSize(12).isEqualTo(same.id()).isNotEqualTo(other.id());
    }
}
