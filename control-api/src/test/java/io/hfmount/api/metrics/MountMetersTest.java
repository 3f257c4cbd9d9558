package io.hfmount.api.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.api.FakeMountAgent.FakeMount;
import io.hfmount.model.Meters;
import io.hfmount.model.api.FlushedFile;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Clock;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class MountMetersTest {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    private static void recordEverything(MountMeters meters) {
        meters.watch(() -> FakeMount.status(1, 2, null), Clock.systemUTC());
        meters.operation("read", "OK", 1);
        meters.bytesRead("cache", 1);
        meters.bytesWritten(1);
        meters.dirtied();
        meters.flushed(
                new FlushedFile("p", FlushedFile.Route.NOOP, FlushedFile.Result.PUBLISHED, 1, 0, 0, null, 1, null));
        meters.flushRetried();
        meters.hubRequest("batch", 0, 1, 1);
        meters.storageRequest("xorb", 200, 1);
        meters.storageRetried("xorb");
        meters.cacheChunks("hit", 1);
        meters.cacheDropped(1);
        meters.storageBytes("up", 1);
        meters.storageBytes("down", 1);
        meters.storageBytes("reused", 1);
        meters.indexReused(3, 200_000);
        meters.pollRound("changed");
        meters.errorSurfaced("EIO");
    }

    private Set<String> scrapedNames() {
        Set<String> names = new TreeSet<>();
        Matcher lines = Pattern.compile("(?m)^# TYPE (\\S+) ").matcher(registry.scrape());
        while (lines.find()) {
            names.add(lines.group(1));
        }
        return names;
    }

    @Test
    void scrape_holdsExactlyTheCatalogue_underItsNames() {
        recordEverything(new MountMeters(registry, "m1"));
        Set<String> catalogue = new TreeSet<>();
        for (Meters meter : Meters.values()) {
            catalogue.add(meter.meterName());
        }
        Set<String> scraped = scrapedNames();
        scraped.removeIf(name -> name.endsWith("_max")); // the companion gauge of a timer
        assertThat(scraped).isEqualTo(catalogue);
        assertThat(registry.scrape())
                .contains("hf_mount_hub_requests_total{endpoint=\"batch\",mount=\"m1\",status=\"none\"} 1.0")
                .contains("hf_mount_cas_index_chunks_reused_total{mount=\"m1\"} 3.0")
                .contains("hf_mount_cas_index_bytes_reused_total{mount=\"m1\"} 200000.0");
    }

    @Test
    void closedMeters_leaveTheOtherMountsAlone() {
        MountMeters one = new MountMeters(registry, "m1");
        MountMeters two = new MountMeters(registry, "m2");
        recordEverything(one);
        recordEverything(two);
        one.close();
        assertThat(registry.scrape()).doesNotContain("m1").contains("hf_mount_ops_total{mount=\"m2\"");
        two.close();
        assertThat(registry.getMeters()).isEmpty();
    }
}
