package io.hfmount.emulator.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.emulator.TestHub;
import io.hfmount.emulator.TestHub.Reply;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OtherRoutesTest {
    @TempDir
    static Path directory;

    static TestHub hub;

    @BeforeAll
    static void start() throws Exception {
        hub = new TestHub(directory);
        hub.bucket("o");
    }

    @AfterAll
    static void stop() throws Exception {
        hub.close();
    }

    @Test
    void token_comesInJsonAndHeadersAndNamesStorageOnTheClientsHost() {
        for (String kind : new String[] {"read", "write"}) {
            Reply reply = hub.get("/api/buckets/ann/o/xet-" + kind + "-token")
                    .as(TestHub.ANN)
                    .send();
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.json().path("casUrl").asString()).isEqualTo(hub.hub.url() + "/_storage");
            assertThat(reply.header("X-Xet-Cas-Url")).isEqualTo(hub.hub.url() + "/_storage");
            assertThat(reply.json().path("accessToken").asString()).isEqualTo(reply.header("X-Xet-Access-Token"));
            long expiry = reply.json().path("exp").asLong();
            assertThat(reply.header("X-Xet-Token-Expiration")).isEqualTo(Long.toString(expiry));
            assertThat(expiry - Instant.now().getEpochSecond()).isBetween(3500L, 3600L);
        }
    }

    @Test
    void token_rights() {
        assertThat(hub.get("/api/buckets/ann/o/xet-read-token").send().status()).isEqualTo(200);
        assertThat(hub.get("/api/buckets/ann/o/xet-write-token").send().status())
                .isEqualTo(401);
        assertThat(hub.get("/api/buckets/ann/o/xet-write-token")
                        .as(TestHub.BOB)
                        .send()
                        .status())
                .isEqualTo(403);
        assertThat(hub.get("/api/buckets/ann/none/xet-read-token")
                        .as(TestHub.ANN)
                        .send()
                        .status())
                .isEqualTo(404);
    }

    @Test
    void storageRoutes_liveBelowTheirOwnPath() {
        assertThat(hub.get("/_storage/v1/echo").send().text()).isEqualTo(hub.hub.url() + "/_storage");
        assertThat(hub.get("/v1/echo").send().status()).isEqualTo(404);
    }

    @Test
    void whoami_tellsTheCaller() {
        Reply reply = hub.get("/api/whoami-v2").as(TestHub.BOB).send();
        assertThat(reply.json().path("name").asString()).isEqualTo("bob");
        assertThat(reply.json().path("type").asString()).isEqualTo("user");
        assertThat(reply.json().path("orgs").isArray()).isTrue();
        assertThat(reply.json().at("/auth/accessToken/role").asString()).isEqualTo("write");
        assertThat(hub.get("/api/whoami-v2").send().status()).isEqualTo(401);
        assertThat(hub.get("/api/whoami-v2").as("hf_nobody").send().header("X-Error-Message"))
                .isEqualTo("Invalid credentials in Authorization header");
    }

    @ParameterizedTest
    @CsvSource({
        "GET,/api/models/ann/net,404",
        "GET,/api/datasets/ann/net/tree/refs%2Fpr%2F1/x,404",
        "GET,/ann/net/resolve/main/config.json,404",
        "GET,/spaces/ann/net/raw/main/app.py,404",
        "GET,/api/models/gpt2,404",
        "POST,/api/models/ann/net/discussions,501",
        "GET,/api/buckets/ann/o/events,501"
    })
    void whatIsNotOffered_isRefusedHonestlyInJson(String method, String path, int status) {
        Reply reply = switch (method) {
            case "GET" -> hub.get(path).as(TestHub.ANN).send();
            case "DELETE" -> hub.delete(path).as(TestHub.ANN).send();
            default -> hub.post(path, "{}").as(TestHub.ANN).send();
        };
        assertThat(reply.status()).isEqualTo(status);
        assertThat(reply.json().path("error").asString()).isNotBlank();
        assertThat(reply.header("X-Error-Code")).isEqualTo(status == 404 ? "RepoNotFound" : null);
    }

    @Test
    void unknownAddress_is404JsonAndWrongMethodIs405() {
        Reply unknown = hub.get("/api/something/else").send();
        assertThat(unknown.status()).isEqualTo(404);
        assertThat(unknown.json().path("error").asString()).isEqualTo("no such route");
        assertThat(hub.put("/api/whoami-v2", "{}").send().status()).isEqualTo(405);
    }

    @Test
    void everyAnswer_carriesARequestId() {
        assertThat(hub.get("/api/whoami-v2")
                        .header("X-Request-Id", "mine-1")
                        .send()
                        .header("X-Request-Id"))
                .isEqualTo("mine-1");
        assertThat(hub.get("/nowhere").send().header("X-Request-Id")).hasSize(24);
    }

    @Test
    void host_mustBePlain() throws Exception {
        String answer =
                hub.raw("GET /api/buckets/ann/o/xet-read-token HTTP/1.1\r\nHost: a<b>\r\nConnection: close\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 400");
    }

    @Test
    void health_isUp() {
        assertThat(hub.get("/_admin/health").send().json().path("status").asString())
                .isEqualTo("UP");
    }
}
