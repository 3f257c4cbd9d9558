package io.hfmount.hub.http;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.head;
import static com.github.tomakehurst.wiremock.client.WireMock.headRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.hub.HubFile;
import io.hfmount.model.ContentHash;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a HEAD of a file tells (hub-api §4.1). */
class BucketHeadTest extends BucketHubs {
    @Test
    void head_readsHashSizeAndTime() {
        SERVER.stubFor(head(anyUrl())
                .willReturn(aResponse()
                        .withHeader("X-Xet-Hash", HASH)
                        .withHeader("X-Linked-Size", "50000011")
                        .withHeader("Content-Length", "7")
                        .withHeader("Last-Modified", "Sun, 01 Mar 2026 12:00:00 GMT")));
        assertThat(now(hub.head("x")))
                .isEqualTo(new HubFile("x", 50000011, ContentHash.parse(HASH), Instant.parse("2026-03-01T12:00:00Z")));
        SERVER.verify(headRequestedFor(anyUrl()).withHeader("Accept-Encoding", equalTo("identity")));
    }

    @Test
    void head_withoutLinkedSize_takesContentLength_andUnknownFactsStayUnknown() {
        SERVER.stubFor(head(urlEqualTo("/buckets/ann/data/resolve/x"))
                .willReturn(aResponse().withHeader("Content-Length", "7").withHeader("Last-Modified", "yesterday")));
        assertThat(now(hub.head("x"))).isEqualTo(new HubFile("x", 7, null, null));
    }

    @Test
    void head_ofARedirect_isReadFromTheRedirectItself() {
        SERVER.stubFor(head(urlEqualTo("/buckets/ann/data/resolve/x"))
                .willReturn(aResponse()
                        .withStatus(302)
                        .withHeader("Location", base(STRANGER) + "/elsewhere")
                        .withHeader("Content-Length", "99")
                        .withHeader("X-Xet-Hash", HASH)));
        assertThat(now(hub.head("x"))).isEqualTo(new HubFile("x", -1, ContentHash.parse(HASH), null));
        assertThat(STRANGER.getAllServeEvents()).isEmpty();
    }

    @Test
    void head_ofARedirectWithoutTheFilesHeaders_isFollowedAtTheSameOrigin() {
        SERVER.stubFor(head(urlEqualTo("/buckets/ann/data/resolve/x"))
                .willReturn(aResponse()
                        .withStatus(307)
                        .withHeader("Location", "/buckets/ann/renamed/resolve/x")
                        .withHeader("Content-Length", "0")));
        SERVER.stubFor(head(urlEqualTo("/buckets/ann/renamed/resolve/x"))
                .willReturn(aResponse().withHeader("X-Linked-Size", "4").withHeader("X-Xet-Hash", HASH)));
        assertThat(now(hub.head("x"))).isEqualTo(new HubFile("x", 4, ContentHash.parse(HASH), null));
    }

    @Test
    void head_ofARedirectElsewhereOrNowhere_isAnErrorUnlessItDescribesTheFile() {
        SERVER.stubFor(head(urlEqualTo("/buckets/ann/data/resolve/away"))
                .willReturn(aResponse().withStatus(302).withHeader("Location", base(STRANGER) + "/elsewhere")));
        SERVER.stubFor(head(urlEqualTo("/buckets/ann/data/resolve/bare"))
                .willReturn(aResponse().withStatus(302)));
        SERVER.stubFor(head(urlEqualTo("/buckets/ann/data/resolve/round"))
                .willReturn(aResponse().withStatus(302).withHeader("Location", "/buckets/ann/data/resolve/round")));
        for (String path : List.of("away", "bare", "round")) {
            assertThat(failure(hub.head(path)).status()).isEqualTo(302);
        }
        assertThat(STRANGER.getAllServeEvents()).isEmpty();
        SERVER.verify(6, headRequestedFor(urlEqualTo("/buckets/ann/data/resolve/round")));
    }

    @Test
    void head404_isAbsence_unlessTheBucketIsGone() {
        SERVER.stubFor(head(urlEqualTo("/buckets/ann/data/resolve/none"))
                .willReturn(aResponse().withStatus(404).withHeader("X-Error-Code", "EntryNotFound")));
        SERVER.stubFor(head(urlEqualTo("/buckets/ann/data/resolve/x"))
                .willReturn(aResponse().withStatus(404).withHeader("X-Error-Code", "RepoNotFound")));
        assertThat(now(hub.head("none"))).isNull();
        assertThat(failure(hub.head("x")).status()).isEqualTo(404);
    }

    @Test
    void headWithAHashThatIsNone_isAnError() {
        SERVER.stubFor(head(anyUrl()).willReturn(aResponse().withHeader("X-Xet-Hash", "zz")));
        assertThat(failure(hub.head("x"))).hasMessageContaining("64 hex digits");
    }
}
