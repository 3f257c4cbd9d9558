package io.hfmount.hub.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.model.RemotePath;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WirePiecesTest {
    /** 300 characters. */
    private static final String LONG =
            "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
                    + "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
                    + "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789";

    private static final String PAGE = "https://hub.example/api/tree?limit=5";

    @Property(tries = 300)
    void encodedPath_decodedOnce_isThePath(@ForAll String path) {
        Assume.that(RemotePath.isValid(path) && path.length() < 1000);
        String encoded;
        try {
            encoded = UrlPath.encode(path);
        } catch (IllegalArgumentException e) {
            assertThat(new String(path.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
                    .isNotEqualTo(path);
            return;
        }
        assertThat(encoded).matches("[A-Za-z0-9._~/%-]+");
        assertThat(URLDecoder.decode(encoded, StandardCharsets.UTF_8)).isEqualTo(path);
        assertThat(URI.create("http://h/" + encoded).getRawPath()).isEqualTo("/" + encoded);
    }

    @Test
    void unpairedSurrogate_andOverlongPath_areRefused() {
        assertThatThrownBy(() -> UrlPath.encode("a\ud800b")).hasMessageContaining("Unicode");
        assertThatThrownBy(() -> UrlPath.encode("a\udc00")).hasMessageContaining("Unicode");
        assertThatThrownBy(() -> UrlPath.encode("é".repeat(2049))).hasMessageContaining("4096");
        assertThat(UrlPath.encode("é".repeat(2048))).hasSize(3 * 4096);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"api\";r=0;t=12 | | 12",
                "\"api\"; r=0; t=12 | | 12",
                "\"api\";r=0;t=12, \"zone\";r=0;t=40, \"other\";r=7;t=99 | | 40",
                "\"api\";r=3;t=12 | | -1",
                "\"api\";r=3;t=12 | 9 | 9",
                "\"api\";r=0;t=12 | 9 | 12",
                "api;r=0;t=12 | | -1",
                " | 0 | 0",
                " | Sun, 01 Mar 2026 12:00:00 GMT | -1",
                " | -5 | -1",
                "\"api\";r=0;t=99999999999999999999 | | -1",
                " | 99999999999 | -1",
            })
    void serverDelay_isReadOnlyFromExhaustedWindowsOrWholeSeconds(String limit, String after, long seconds) {
        HttpHeaders headers = new DefaultHttpHeaders();
        if (limit != null) {
            headers.set("RateLimit", limit);
        }
        if (after != null) {
            headers.set("Retry-After", after);
        }
        assertThat(ServerDelay.of(headers))
                .isEqualTo(seconds < 0 ? Optional.empty() : Optional.of(Duration.ofSeconds(seconds)));
    }

    @Test
    void delay_isTheServersWithinTheCap_elseTheOwn_untilTriesRunOut() {
        RetryPolicy policy = RetryPolicy.DEFAULT;
        assertThat(policy.delay(0, Optional.empty())).contains(Duration.ofMillis(500));
        assertThat(policy.delay(1, Optional.empty())).contains(Duration.ofSeconds(1));
        assertThat(policy.delay(2, Optional.empty())).isEmpty();
        assertThat(policy.delay(2, Optional.of(Duration.ofSeconds(1)))).isEmpty();
        assertThat(policy.delay(0, Optional.of(Duration.ofSeconds(12)))).contains(Duration.ofSeconds(12));
        assertThat(policy.delay(0, Optional.of(Duration.ofHours(1)))).contains(Duration.ofSeconds(30));
        assertThat(policy.delay(0, Optional.of(Duration.ZERO))).contains(Duration.ofMillis(500));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<https://hub.example/api/tree?limit=5&cursor=x>; rel=\"next\"",
                "<https://HUB.example:443/api/tree?limit=5&cursor=x>; rel=next",
                "<https://hub.example/first>; rel=\"first\", <https://hub.example/api/tree?limit=5&cursor=x>;rel=\"next\"",
                "</api/tree?limit=5&cursor=x>; title=\"t\"; rel=\"last next\"",
                "</api/tree?limit=5&cursor=x>; title=\"a, b; <c> \\\" d\"; rel=\"next\"",
                "<https://hub.example/a,b;c>; rel=prev , </api/tree?limit=5&cursor=x> ; crossorigin; REL = Next",
                "</api/tree?limit=5&cursor=x>; title=\"" + LONG + "\"; rel=\"next\"",
            })
    void nextPage_isFoundAtTheSameOrigin(String header) {
        assertThat(NextPage.of(PAGE, List.of("<https://hub.example/>; rel=\"self\"", header)))
                .hasValueSatisfying(next ->
                        assertThat(next.toLowerCase(java.util.Locale.ROOT)).endsWith("/api/tree?limit=5&cursor=x"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<http://hub.example/x>; rel=\"next\"",
                "<https://hub.example:444/x>; rel=\"next\"",
                "<https://evil.example/x>; rel=\"next\"",
                "<https://hub.example@evil.example/x>; rel=\"next\"",
                "<https://user@hub.example/x>; rel=\"next\"",
                "<//evil.example/x>; rel=\"next\"",
                "<https://hub.example/%zz>; rel=\"next\"",
                "<https://hub.example/x; rel=\"next\"",
                "<https://hub.example/x>; rel=\"next",
                "https://hub.example/x; rel=\"next\"",
                "<https://hub.example/x> rel=\"next\"",
            })
    void nextPageElsewhereOrUnreadable_isRefused(String header) {
        assertThatThrownBy(() -> NextPage.of(PAGE, List.of(header))).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "garbage",
                "<https://evil.example/>; rel=\"prev\"",
                "<x>",
                "<x>; title=\"rel=next\"",
                "<next>"
            })
    void headerWithoutNext_isTheLastPage(String header) {
        assertThat(NextPage.of(PAGE, List.of(header))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "hub", "ftp://hub", "http://", "http://u:p@hub", "http://hub?x=1", "http://h#f"})
    void endpointThatIsNone_isRefused(String endpoint) {
        assertThatThrownBy(() -> HubSettings.of(endpoint))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("endpoint: ");
    }

    @Test
    void endpoint_losesTrailingSlashes_keepsItsPath() {
        assertThat(HubSettings.of("https://hub/base//").endpoint()).isEqualTo("https://hub/base");
    }
}
