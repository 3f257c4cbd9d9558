package io.hfmount.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.api.ProblemCode;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CatalogueTest {
    @Test
    void meterNames_areDistinct_andNoneIsThePrefixThatATimerAddsTo() {
        assertThat(Arrays.stream(Meters.values()).map(Meters::meterName)).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @EnumSource
    void meter_hasTheSuffixOfItsTypeAndADescription(Meters meter) {
        assertThat(meter.meterName()).matches("hf_mount_[a-z_]+[a-z]");
        assertThat(meter.description()).isNotBlank();
        assertThat(meter.labels()).doesNotContain(Meters.MOUNT, "path").doesNotHaveDuplicates();
        boolean total = meter.meterName().endsWith("_total");
        assertThat(total).isEqualTo(meter.type() == Meters.Type.COUNTER);
        if (meter.type() == Meters.Type.TIMER) {
            assertThat(meter.meterName()).endsWith("_seconds");
        }
    }

    @ParameterizedTest
    @EnumSource
    void problemCode_isAClientOrServerErrorWithATypeOfItsOwn(ProblemCode code) {
        assertThat(code.status()).isBetween(400, 599);
        assertThat(code.title()).isNotBlank();
        assertThat(code.type()).matches("urn:hf-mount:problem:[a-z-]+");
    }
}
