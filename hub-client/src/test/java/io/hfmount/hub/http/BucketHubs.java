package io.hfmount.hub.http;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import io.hfmount.hub.HubException;
import io.hfmount.hub.TokenSource;
import io.hfmount.model.BucketSource;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Mono;

/** A client of a bucket over a scripted Hub, and what it told its observer. */
abstract class BucketHubs {
    static final String TOKEN = "hf_secret123";
    static final String HASH = "48a3213a086cad271381aafe47232eb5df291a963cebbfec071972eff45eb422";
    static final Duration LIMIT = Duration.ofSeconds(20);
    static final Instant MTIME = Instant.parse("2026-03-01T12:00:00.123Z");

    @RegisterExtension
    static final WireMockExtension SERVER = WireMockExtension.newInstance()
            .options(wireMockConfig().bindAddress("127.0.0.1").dynamicPort())
            .build();

    @RegisterExtension
    static final WireMockExtension STRANGER = WireMockExtension.newInstance()
            .options(wireMockConfig().bindAddress("127.0.0.1").dynamicPort())
            .build();

    record Seen(String route, int status, int retries) {}

    final List<Seen> observed = new CopyOnWriteArrayList<>();
    HttpBucketHub hub;

    @BeforeEach
    void open() {
        hub = hub(settings());
    }

    @AfterEach
    void close() {
        hub.close();
    }

    static HubSettings settings() {
        return HubSettings.of(base(SERVER))
                .withRetries(new RetryPolicy(List.of(Duration.ofMillis(1), Duration.ofMillis(2)), Duration.ofMillis(5)))
                .withPages(100, 1 << 20);
    }

    HttpBucketHub hub(HubSettings settings) {
        return new HttpBucketHub(
                settings,
                BucketSource.parse("hf://buckets/ann/data"),
                TokenSource.fixed(TOKEN),
                (route, status, nanos, retries) -> observed.add(new Seen(route, status, retries)));
    }

    static String base(WireMockExtension server) {
        return "http://127.0.0.1:" + server.getPort();
    }

    static <T> T now(Mono<T> mono) {
        return mono.block(LIMIT);
    }

    static HubException failure(Mono<?> mono) {
        return assertThat(mono.materialize().block(LIMIT).getThrowable())
                .asInstanceOf(type(HubException.class))
                .satisfies(e -> assertThat(e.toString()).doesNotContain(TOKEN))
                .actual();
    }

    static ResponseDefinitionBuilder json(int status, String body) {
        return aResponse()
                .withStatus(status)
                .withHeader("Content-Type", "application/json")
                .withBody(body);
    }
}
