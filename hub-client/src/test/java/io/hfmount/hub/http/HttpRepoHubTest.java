package io.hfmount.hub.http;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.absent;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.head;
import static com.github.tomakehurst.wiremock.client.WireMock.headRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import io.hfmount.hub.HubException;
import io.hfmount.hub.HubObserver;
import io.hfmount.hub.PlainRead;
import io.hfmount.hub.RepoEntry;
import io.hfmount.hub.RepoFile;
import io.hfmount.hub.RepoInfo;
import io.hfmount.hub.TokenSource;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.model.RepoSource;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

class HttpRepoHubTest {
    private static final String TOKEN = "hf_secret123";
    private static final String HASH = "48a3213a086cad271381aafe47232eb5df291a963cebbfec071972eff45eb422";
    private static final String COMMIT = "95d09f2b10159347eece71399a7e2e907ea3df4f";
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String FILE = "/ann/net/resolve/main/x";

    @RegisterExtension
    static final WireMockExtension SERVER = WireMockExtension.newInstance()
            .options(wireMockConfig().bindAddress("127.0.0.1").dynamicPort())
            .build();

    @RegisterExtension
    static final WireMockExtension STORE = WireMockExtension.newInstance()
            .options(wireMockConfig().bindAddress("127.0.0.1").dynamicPort())
            .build();

    private HttpRepoHub hub;

    @BeforeEach
    void open() {
        hub = hub("hf://ann/net");
    }

    @AfterEach
    void close() {
        hub.close();
    }

    private static HttpRepoHub hub(String source) {
        return new HttpRepoHub(
                HubSettings.of("http://127.0.0.1:" + SERVER.getPort())
                        .withRetries(new RetryPolicy(List.of(Duration.ofMillis(1)), Duration.ofMillis(5))),
                RepoSource.parse(source),
                TokenSource.fixed(TOKEN),
                HubObserver.NONE);
    }

    private static <T> T now(Mono<T> mono) {
        return mono.block(LIMIT);
    }

    private static HubException failure(Mono<?> mono) {
        return assertThat(mono.materialize().block(LIMIT).getThrowable())
                .asInstanceOf(type(HubException.class))
                .satisfies(e -> assertThat(e.toString()).doesNotContain(TOKEN))
                .actual();
    }

    private Mono<PlainRead> read(long start, long end) {
        return hub.read("main", "x", new ByteRange(start, end), null);
    }

    private static String text(PlainRead read) {
        return StandardCharsets.UTF_8
                .decode(((PlainRead.Content) read).bytes().duplicate())
                .toString();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "hf://gpt2 | /api/models/gpt2/revision/main | /gpt2/resolve/main/a%20b",
                "hf://ann/net@a%2Fb%25 | /api/models/ann/net/revision/a%2Fb%25 | /ann/net/resolve/a%2Fb%25/a%20b",
                "hf://datasets/ann/d@refs/pr/1 | /api/datasets/ann/d/revision/refs%2Fpr%2F1"
                        + " | /datasets/ann/d/resolve/refs%2Fpr%2F1/a%20b",
                "hf://spaces/ann/s | /api/spaces/ann/s/revision/main | /spaces/ann/s/resolve/main/a%20b",
            })
    void addresses_nameKindAndRevision(String source, String api, String resolve) {
        SERVER.stubFor(get(api).willReturn(okJson("{\"id\":\"ann/net\",\"sha\":\"" + COMMIT
                + "\",\"private\":true,\"lastModified\":\"2026-03-01T12:00:00.000Z\",\"siblings\":[]}")));
        SERVER.stubFor(head(urlEqualTo(resolve)).willReturn(aResponse().withHeader("X-Linked-Size", "4")));
        hub.close();
        hub = hub(source);
        assertThat(now(hub.info()))
                .isEqualTo(new RepoInfo("ann/net", true, COMMIT, Instant.parse("2026-03-01T12:00:00Z")));
        assertThat(now(hub.head(RepoSource.parse(source).revision(), "a b")).size())
                .isEqualTo(4);
        SERVER.verify(getRequestedFor(urlEqualTo(api)).withHeader("Authorization", equalTo("Bearer " + TOKEN)));
    }

    @Test
    void info_ofARenamedRepo_isReadFromItsNewAddress() {
        SERVER.stubFor(get("/api/models/ann/net/revision/main")
                .willReturn(
                        aResponse().withStatus(307).withHeader("Location", "/api/models/ann/renamed/revision/main")));
        SERVER.stubFor(get("/api/models/ann/renamed/revision/main")
                .willReturn(okJson("{\"id\":\"ann/renamed\",\"sha\":\"" + COMMIT + "\"}")));
        assertThat(now(hub.info())).isEqualTo(new RepoInfo("ann/renamed", false, COMMIT, null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{}", "[]", "<html>", "{\"id\":\"ann/net\",\"sha\":\"main\"}", "{\"id\":\"../x\",\"sha\":\"1\"}"
            })
    void infoThatCannotBeRead_isAnError(String body) {
        SERVER.stubFor(get(anyUrl()).willReturn(okJson(body)));
        assertThat(failure(hub.info())).hasMessageContaining("cannot be read");
    }

    @Test
    void tree_readsLfsFacts_followsPages_andDropsWhatWasNotAskedFor() {
        SERVER.stubFor(get("/api/models/ann/net/tree/main/w?recursive=false&limit=1000")
                .willReturn(okJson("""
                                [{"type":"directory","oid":"1","size":0,"path":"w/sub"},
                                 {"type":"file","oid":"pointer","size":131,"path":"w/model.bin",
                                  "lfs":{"oid":"sha","size":400000,"pointerSize":131},"xetHash":"%s"},
                                 {"type":"file","oid":"1","size":1,"path":"w2/x"},
                                 {"type":"commit","path":"w/module"},{"type":"file","path":"w/../x","size":1}]""".formatted(HASH)).withHeader("Link", "</p2?cursor=1>; rel=\"next\"")));
        SERVER.stubFor(get("/p2?cursor=1").willReturn(okJson("""
                        [{"type":"file","oid":"blob","size":23,"path":"w/README.md",
                          "lastCommit":{"id":"1","title":"one","date":"2026-03-01T12:00:00.000Z"}}]""")));
        assertThat(now(hub.list("main", "w", false).collectList()))
                .containsExactly(
                        new RepoEntry.Directory("w/sub"),
                        new RepoEntry.File(new RepoFile("w/model.bin", 400000, ContentHash.parse(HASH), "sha", null)),
                        new RepoEntry.File(
                                new RepoFile("w/README.md", 23, null, "blob", Instant.parse("2026-03-01T12:00:00Z"))));
    }

    @ParameterizedTest
    @CsvSource({
        "w,EntryNotFound,true",
        "w,RepoNotFound,false",
        "w,RevisionNotFound,false",
        "w,'',false",
        "'',EntryNotFound,false"
    })
    void listing404_isAnAbsentDirectory_onlyWhenTheHubSaysSo(String directory, String code, boolean isAbsent) {
        SERVER.stubFor(get(anyUrl()).willReturn(aResponse().withStatus(404).withHeader("X-Error-Code", code)));
        Mono<List<RepoEntry>> listing = hub.list("main", directory, false).collectList();
        if (isAbsent) {
            assertThat(now(listing)).isEmpty();
        } else {
            assertThat(failure(listing).status()).isEqualTo(404);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "404,EntryNotFound",
        "404,RepoNotFound",
        "404,RevisionNotFound",
        "404,''",
        "403,GatedRepo",
        "401,RepoNotFound"
    })
    void resolve404_isAnAbsentFile_onlyWhenTheHubSaysSo(int status, String code) {
        SERVER.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(status).withHeader("X-Error-Code", code)));
        for (Mono<?> call : List.of(hub.head("main", "x"), read(0, 9))) {
            if (code.equals("EntryNotFound")) {
                assertThat(now(call)).isNull();
            } else {
                HubException e = failure(call);
                assertThat(e.status()).isEqualTo(status);
                assertThat(e.errorCode().orElse("")).isEqualTo(code);
            }
        }
    }

    @Test
    void errorCodeThatTheHubDoesNotKnow_isNotPassedOn() {
        SERVER.stubFor(
                get(anyUrl()).willReturn(aResponse().withStatus(403).withHeader("X-Error-Code", "Bearer " + TOKEN)));
        assertThat(failure(hub.info()).errorCode()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "\"abc\" | \"def\" | abc",
                "W/\"abc\" | - | abc",
                "abc | - | abc",
                "- | \"def\" | def",
                "\"\" | - | -",
                "\"a\"b\" | - | -"
            })
    void head_takesTheLinkedEtagFirst_withoutQuotes(
            @Nullable String linked, @Nullable String own, @Nullable String expected) {
        ResponseDefinitionBuilder answer = aResponse().withHeader("Content-Length", "7");
        if (linked != null) {
            answer.withHeader("X-Linked-ETag", linked);
        }
        if (own != null) {
            answer.withHeader("ETag", own);
        }
        SERVER.stubFor(head(urlEqualTo(FILE)).willReturn(answer));
        assertThat(now(hub.head("main", "x")).etag()).isEqualTo(expected);
    }

    @Test
    void read_asksForTheRange_withTokenAndEtag() {
        SERVER.stubFor(get(FILE).willReturn(aResponse().withStatus(304)));
        assertThat(now(hub.read("main", "x", new ByteRange(5, 8), "abc"))).isEqualTo(new PlainRead.NotModified());
        SERVER.verify(getRequestedFor(urlEqualTo(FILE))
                .withHeader("Range", equalTo("bytes=5-7"))
                .withHeader("If-None-Match", equalTo("\"abc\""))
                .withHeader("Accept", equalTo("*/*"))
                .withHeader("Authorization", equalTo("Bearer " + TOKEN)));
    }

    @Test
    void read_followsARedirectToAStore_withoutTheToken_andKeepsTheFilesOwnEtag() {
        SERVER.stubFor(get(FILE)
                .willReturn(aResponse()
                        .withStatus(302)
                        .withHeader("X-Linked-ETag", "\"sha\"")
                        .withHeader("Location", "http://127.0.0.1:" + STORE.getPort() + "/signed?k=1")));
        STORE.stubFor(get("/signed?k=1").willReturn(aResponse().withStatus(302).withHeader("Location", "/again")));
        STORE.stubFor(get("/again")
                .willReturn(aResponse()
                        .withStatus(206)
                        .withHeader("ETag", "\"the store's own\"")
                        .withHeader("Content-Range", "bytes 5-7/100")
                        .withBody("xyz")));
        PlainRead read = now(read(5, 8));
        assertThat(text(read)).isEqualTo("xyz");
        assertThat(((PlainRead.Content) read).etag()).isEqualTo("sha");
        assertThat(((PlainRead.Content) read).size()).isEqualTo(100);
        for (String url : List.of("/signed?k=1", "/again")) {
            STORE.verify(getRequestedFor(urlEqualTo(url))
                    .withHeader("Range", equalTo("bytes=5-7"))
                    .withHeader("Authorization", absent()));
        }
    }

    @Test
    void read_followsARedirectAtTheSameOrigin_withTheToken() {
        SERVER.stubFor(
                get(FILE).willReturn(aResponse().withStatus(307).withHeader("Location", "/ann/new/resolve/main/x")));
        SERVER.stubFor(get("/ann/new/resolve/main/x")
                .willReturn(aResponse()
                        .withHeader("ETag", "\"e\"")
                        .withHeader("Content-Length", "5")
                        .withBody("hello")));
        assertThat(text(now(read(0, 9)))).isEqualTo("hello");
        SERVER.verify(getRequestedFor(urlEqualTo("/ann/new/resolve/main/x"))
                .withHeader("Authorization", equalTo("Bearer " + TOKEN)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"file:///etc/passwd", "ftp://x/y", "http://user:pw@127.0.0.1/x", "http://", "::"})
    void redirectToWhatIsNoWebAddress_isAnErrorThatDoesNotShowIt(String location) {
        SERVER.stubFor(get(FILE).willReturn(aResponse().withStatus(302).withHeader("Location", location)));
        assertThat(failure(read(0, 9))).hasMessageNotContaining(location);
    }

    @Test
    void redirectFromASecureAddress_neverLeadsToAPlainOne() {
        assertThat(SameOrigin.resolveAnywhere("https://hub.example/x", "https://cdn.example/y"))
                .isEqualTo("https://cdn.example/y");
        org.assertj.core.api.Assertions.assertThatIllegalArgumentException()
                .isThrownBy(() -> SameOrigin.resolveAnywhere("https://hub.example/x", "http://cdn.example/y"));
    }

    @Test
    void redirectsWithoutEnd_areAnError() {
        SERVER.stubFor(get(FILE).willReturn(aResponse().withStatus(302).withHeader("Location", FILE)));
        assertThat(failure(read(0, 9)).status()).isEqualTo(302);
        SERVER.verify(6, getRequestedFor(urlEqualTo(FILE)));
    }

    @Test
    void serverThatIgnoresTheRange_isReadNoFurtherThanWanted() {
        SERVER.stubFor(get(FILE)
                .willReturn(aResponse().withHeader("Content-Length", "10").withBody("0123456789")));
        PlainRead read = now(read(5, 8));
        assertThat(text(read)).isEqualTo("567");
        assertThat(((PlainRead.Content) read).size()).isEqualTo(10);
        assertThat(text(now(read(8, 20)))).isEqualTo("89");
        assertThat(text(now(read(30, 40)))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "206 | - | xyz",
                "206 | bytes 0-2/100 | xyz",
                "206 | bytes 5-7/100 | xy",
                "206 | bytes 5-6/100 | xy",
                "206 | bytes 5-7/* | xyz",
                "206 | bytes 5-7/6 | xyz",
                "416 | - | xyz",
                "416 | bytes */100 | xyz",
                "204 | - | ''",
                "200 | - | 0123456789",
            })
    void bytesThatAreNotSurelyTheRightOnes_areAnError(int status, String contentRange, String body) {
        SERVER.stubFor(get(FILE)
                .willReturn(aResponse()
                        .withStatus(status)
                        .withHeader("Content-Range", contentRange)
                        .withBody(body)));
        assertThat(failure(read(5, 8)).status()).isEqualTo(status);
    }

    @Test
    void tokenAndPathsInfo_nameTheRevision() {
        SERVER.stubFor(any(anyUrl())
                .willReturn(okJson("{\"casUrl\":\"http://cas:1/\",\"exp\":1772367300,\"accessToken\":\"eyJ\"}")));
        assertThat(now(hub.storageToken("refs/pr/1")).url()).isEqualTo("http://cas:1");
        SERVER.verify(getRequestedFor(urlEqualTo("/api/models/ann/net/xet-read-token/refs%2Fpr%2F1")));
        SERVER.resetAll();
        SERVER.stubFor(any(anyUrl()).willReturn(okJson("[{\"type\":\"directory\",\"path\":\"1\"}]")));
        List<String> paths =
                IntStream.range(0, 1001).mapToObj(Integer::toString).toList();
        assertThat(now(hub.pathsInfo("a/b", paths))).containsOnlyKeys("1");
        SERVER.verify(2, postRequestedFor(urlEqualTo("/api/models/ann/net/paths-info/a%2Fb")));
        SERVER.verify(0, headRequestedFor(anyUrl()));
    }
}
