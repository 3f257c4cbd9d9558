package io.hfmount.hub.http;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.head;
import static com.github.tomakehurst.wiremock.client.WireMock.headRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.hub.BucketInfo;
import io.hfmount.hub.HubEntry;
import io.hfmount.hub.HubException;
import io.hfmount.hub.HubFile;
import io.hfmount.hub.HubObserver;
import io.hfmount.hub.StorageToken;
import io.hfmount.hub.TokenSource;
import io.hfmount.model.BucketSource;
import io.hfmount.model.ContentHash;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.scheduler.Schedulers;

/** What is read of a bucket: info, listings, tokens. */
class HttpBucketHubTest extends BucketHubs {
    @Test
    void info_isReadWithTokenAndRequestId() {
        SERVER.stubFor(get("/api/buckets/ann/data").willReturn(okJson("""
                                {"id":"ann/data","private":true,"createdAt":"2026-03-01T12:00:00.000Z",
                                 "updatedAt":"2026-03-01T12:07:03.412Z","size":50000011,"totalFiles":3,"later":[1]}""")));
        assertThat(now(hub.info()))
                .isEqualTo(new BucketInfo(
                        "ann/data",
                        true,
                        "2026-03-01T12:07:03.412Z",
                        Instant.parse("2026-03-01T12:07:03.412Z"),
                        50000011,
                        3));
        SERVER.verify(getRequestedFor(urlEqualTo("/api/buckets/ann/data"))
                .withHeader("Authorization", equalTo("Bearer " + TOKEN))
                .withHeader("X-Request-Id", com.github.tomakehurst.wiremock.client.WireMock.matching(".{36}")));
        assertThat(observed).containsExactly(new Seen("info", 200, 0));
    }

    @Test
    void tokenFile_isReadOffTheEventLoop_alsoForTheNextPage(@TempDir Path dir) throws Exception {
        Path file = Files.writeString(dir.resolve("token"), "hf_from_file\n");
        AtomicLong looks = new AtomicLong();
        InstantSource time = () -> Instant.EPOCH.plusSeconds(60 * looks.incrementAndGet());
        hub.close();
        hub = new HttpBucketHub(
                settings(),
                BucketSource.parse("hf://buckets/ann/data"),
                TokenSource.file(file, null, time.withZone(ZoneOffset.UTC), Schedulers.boundedElastic()),
                HubObserver.NONE);
        SERVER.stubFor(get("/api/buckets/ann/data/tree?recursive=true&limit=100")
                .willReturn(okJson("[]").withHeader("Link", "<" + base(SERVER) + "/p2>; rel=\"next\"")));
        SERVER.stubFor(get("/p2").willReturn(okJson("[]")));
        assertThat(now(hub.list("", true).collectList())).isEmpty();
        SERVER.verify(getRequestedFor(urlEqualTo("/p2")).withHeader("Authorization", equalTo("Bearer hf_from_file")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "odd/100%25 x.txt | odd/100%2525%20x.txt",
                "a#b?c | a%23b%3Fc",
                "a+b&c=d;e,f:g@h | a%2Bb%26c%3Dd%3Be%2Cf%3Ag%40h",
                "%2F/x | %252F/x",
                "ü/文 | %C3%BC/%E6%96%87",
                "😀 | %F0%9F%98%80",
                "~a-b_c.d | ~a-b_c.d",
                "back\\slash|back%5Cslash",
            })
    void path_isEncodedOnceBySegment_onTheWire(String path, String encoded) {
        SERVER.stubFor(head(anyUrl()).willReturn(aResponse().withHeader("X-Linked-Size", "4")));
        assertThat(now(hub.head(path)).path()).isEqualTo(path);
        SERVER.verify(headRequestedFor(urlEqualTo("/buckets/ann/data/resolve/" + encoded)));
        SERVER.stubFor(get(anyUrl()).willReturn(okJson("[]")));
        now(hub.list(path, false).collectList());
        SERVER.verify(
                getRequestedFor(urlEqualTo("/api/buckets/ann/data/tree/" + encoded + "?recursive=false&limit=100")));
    }

    @Test
    void listingThatGoesInCircles_isAnError() {
        for (String[] link : new String[][] {{"1", "2"}, {"2", "3"}, {"3", "2"}}) {
            String url = link[0].equals("1")
                    ? "/api/buckets/ann/data/tree?recursive=true&limit=100"
                    : "/p?cursor=" + link[0];
            SERVER.stubFor(get(url).willReturn(okJson("[]")
                    .withHeader("Link", "<" + base(SERVER) + "/p?cursor=" + link[1] + ">; rel=\"next\"")));
        }
        assertThat(failure(hub.list("", true).collectList())).hasMessageContaining("read before");
    }

    @Test
    void listedNameWithoutAUtf8Form_isLeftOut() {
        SERVER.stubFor(get(anyUrl()).willReturn(okJson("""
                                        [{"type":"file","path":"a\\ud800","size":5},{"type":"file","path":"b","size":5}]""")));
        assertThat(now(hub.list("", true).collectList()))
                .containsExactly(new HubEntry.File(new HubFile("b", 5, null, null)));
    }

    @Test
    void listing_followsAllPages_andDropsWhatWasNotAskedFor() {
        SERVER.stubFor(get("/api/buckets/ann/data/tree/logs?recursive=false&limit=100")
                .willReturn(okJson("""
                                        [{"type":"directory","path":"logs/sub"},{"type":"file","path":"logs.txt","size":5},
                                         {"type":"directory","path":"logs_old"},{"type":"file","path":"logs","size":1},
                                         {"type":"file","path":"logs/../etc","size":1},{"type":"symlink","path":"logs/s"},
                                         {"type":"file","path":"logs/deep/x","size":1}]""")
                        .withHeader(
                                "Link",
                                "<" + base(SERVER) + "/p2?cursor=a%2Bb%25=>; rel=\"next\", <http://x/>; rel=\"x\"")));
        SERVER.stubFor(get("/p2?cursor=a%2Bb%25=")
                .willReturn(okJson("[{\"type\":\"file\",\"path\":\"logs/y\",\"size\":5,\"xetHash\":\"" + HASH
                        + "\",\"uploadedAt\":\"2026-03-01T12:07:03.412Z\"}]")));
        assertThat(now(hub.list("logs", false).collectList()))
                .containsExactly(
                        new HubEntry.Directory("logs/sub"),
                        new HubEntry.File(new HubFile(
                                "logs/y", 5, ContentHash.parse(HASH), Instant.parse("2026-03-01T12:07:03.412Z"))));
        assertThat(observed).extracting(Seen::route).containsExactly("tree", "tree");
    }

    @Test
    void nextPageElsewhere_isRefused_andTheTokenStaysHome() {
        SERVER.stubFor(get(anyUrl())
                .willReturn(okJson("[{\"type\":\"file\",\"path\":\"a\",\"size\":5}]")
                        .withHeader("Link", "<" + base(STRANGER) + "/steal>; rel=\"next\"")));
        assertThat(failure(hub.list("", false).collectList())).hasMessageContaining("another origin");
        assertThat(STRANGER.getAllServeEvents()).isEmpty();
    }

    @Test
    void nextPageThatIsTheSamePage_isRefused() {
        SERVER.stubFor(get(anyUrl())
                .willReturn(okJson("[]")
                        .withHeader(
                                "Link",
                                "<" + base(SERVER)
                                        + "/api/buckets/ann/data/tree?recursive=false&limit=100>; rel=\"next\"")));
        assertThat(failure(hub.list("", false).collectList())).hasMessageContaining("read before");
    }

    @Test
    void pathsInfo_isSplitByAThousand_andKeepsOnlyWhatWasAskedFor() {
        SERVER.stubFor(post("/api/buckets/ann/data/paths-info").willReturn(okJson("""
                        [{"type":"file","path":"p/0","size":5,"mtime":"2026-03-01T12:00:00.000Z"},
                         {"type":"file","path":"unasked","size":5},{"type":"directory","path":"p/1"}]""")));
        List<String> paths = IntStream.range(0, 2001).mapToObj(i -> "p/" + i).collect(Collectors.toList());
        assertThat(now(hub.pathsInfo(paths)))
                .containsExactly(Map.entry("p/0", new HubFile("p/0", 5, null, Instant.parse("2026-03-01T12:00:00Z"))));
        SERVER.verify(3, postRequestedFor(anyUrl()));
        assertThat(now(hub.pathsInfo(List.of()))).isEmpty();
        SERVER.verify(3, postRequestedFor(anyUrl()));
    }

    @Test
    void storageToken_isReadAndItsUrlCut() {
        SERVER.stubFor(get("/api/buckets/ann/data/xet-write-token")
                .willReturn(okJson("{\"casUrl\":\"http://cas:1/\",\"exp\":1772367300,\"accessToken\":\"eyJ\"}")));
        assertThat(now(hub.storageToken(true)))
                .isEqualTo(new StorageToken("http://cas:1", "eyJ", Instant.ofEpochSecond(1772367300)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"casUrl\":\"file:///etc\",\"exp\":1,\"accessToken\":\"secret-cas\"}",
                "{\"casUrl\":\"http://c\",\"accessToken\":\"secret-cas\"}",
                "{\"casUrl\":\"http://c\",\"exp\":9223372036854775807,\"accessToken\":\"secret-cas\"}",
                "{\"casUrl\":\"http://c\",\"exp\":1}",
                "{\"accessToken\":\"secret-cas\", broken",
            })
    void storageTokenThatCannotBeUsed_isAnErrorWithoutTheSecret(String body) {
        SERVER.stubFor(get(anyUrl()).willReturn(okJson(body)));
        HubException e = failure(hub.storageToken(false));
        assertThat(e).hasMessageContaining("cannot be read").hasMessageNotContaining("secret-cas");
    }
}
