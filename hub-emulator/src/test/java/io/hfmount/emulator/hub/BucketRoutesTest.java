package io.hfmount.emulator.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.emulator.TestHub;
import io.hfmount.emulator.TestHub.Reply;
import java.nio.file.Path;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BucketRoutesTest {
    @TempDir
    static Path directory;

    static TestHub hub;

    @BeforeAll
    static void start() throws Exception {
        hub = new TestHub(directory);
    }

    @AfterAll
    static void stop() throws Exception {
        hub.close();
    }

    @Test
    void create_answersAbsoluteUrlOnTheHostTheClientUsed() {
        Reply reply = hub.post("/api/buckets/ann/made", "{\"visibility\":\"private\",\"region\":\"eu\"}")
                .as(TestHub.ANN)
                .send();
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.json().path("url").asString()).isEqualTo(hub.hub.url() + "/buckets/ann/made");
        assertThat(reply.json().path("id").asString()).isEqualTo("ann/made");
        assertThat(reply.json().path("name").asString()).isEqualTo("ann/made");

        Reply info = hub.get("/api/buckets/ann/made").as(TestHub.ANN).send();
        assertThat(info.json().path("private").asBoolean()).isTrue();
        assertThat(info.json().path("visibility").asString()).isEqualTo("private");
        assertThat(info.json().path("region").asString()).isEqualTo("eu");
        assertThat(info.json().path("type").asString()).isEqualTo("bucket");
        assertThat(info.json().path("author").asString()).isEqualTo("ann");
        assertThat(info.json().path("size").asLong(-1)).isZero();
        assertThat(info.json().path("totalFiles").asLong(-1)).isZero();
        assertThat(info.json().path("createdAt").asString())
                .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
        assertThat(info.json().path("updatedAt").asString())
                .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
    }

    @Test
    void create_ofLocalhostName_answersThatName() {
        String url = hub.hub.url().replace("127.0.0.1", "localhost");
        Reply reply =
                hub.post(url + "/api/buckets/ann/by-name", "{}").as(TestHub.ANN).send();
        assertThat(reply.json().path("url").asString()).isEqualTo(url + "/buckets/ann/by-name");
    }

    @Test
    void create_withEmptyBodyOrPrivateFlag_works() {
        assertThat(hub.post("/api/buckets/me/nobody", "").as(TestHub.ANN).send().status())
                .isEqualTo(200);
        assertThat(hub.get("/api/buckets/ann/nobody")
                        .send()
                        .json()
                        .path("private")
                        .asBoolean(true))
                .isFalse();
        assertThat(hub.post("/api/buckets/me/flag", "{\"private\":true}")
                        .as(TestHub.ANN)
                        .send()
                        .status())
                .isEqualTo(200);
        assertThat(hub.get("/api/buckets/me/flag")
                        .as(TestHub.ANN)
                        .send()
                        .json()
                        .path("private")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void create_ofTakenName_isConflictWithUrl() {
        hub.bucket("taken");
        Reply reply = hub.post("/api/buckets/ann/taken", "{}").as(TestHub.ANN).send();
        assertThat(reply.status()).isEqualTo(409);
        assertThat(reply.json().path("url").asString()).isEqualTo(hub.hub.url() + "/buckets/ann/taken");
        assertThat(reply.json().path("error").asString()).contains("already exists");
        assertThat(reply.header("X-Error-Message")).contains("already exists");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-dash", ".dot", "sp%20ace", "sl%2Fash", "%C3%A9"})
    void create_withIllegalName_is400(String name) {
        assertThat(hub.post("/api/buckets/ann/" + name, "{}")
                        .as(TestHub.ANN)
                        .send()
                        .status())
                .isEqualTo(400);
    }

    @Test
    void create_nameLength_isLimitedTo96() {
        assertThat(hub.post("/api/buckets/ann/" + "x".repeat(96), "{}")
                        .as(TestHub.ANN)
                        .send()
                        .status())
                .isEqualTo(200);
        assertThat(hub.post("/api/buckets/ann/" + "x".repeat(97), "{}")
                        .as(TestHub.ANN)
                        .send()
                        .status())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "not json", "{\"private\":\"yes\"}", "{\"visibility\":\"hidden\"}", "{\"region\":1}"})
    void create_withMalformedBody_is400WithJsonError(String body) {
        Reply reply =
                hub.post("/api/buckets/ann/malformed", body).as(TestHub.ANN).send();
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.header("Content-Type")).isEqualTo("application/json");
        assertThat(reply.json().path("error").asString()).isNotBlank();
    }

    @Test
    void refusals_followTheTableOfStatusAndCodes() {
        hub.post("/api/buckets/ann/hidden", "{\"private\":true}")
                .as(TestHub.ANN)
                .send();
        hub.bucket("shown");

        Reply badToken = hub.get("/api/buckets/ann/shown").as("hf_wrong").send();
        assertThat(badToken.status()).isEqualTo(401);
        assertThat(badToken.header("X-Error-Code")).isNull();
        assertThat(badToken.header("X-Error-Message")).isEqualTo("Invalid credentials in Authorization header");

        for (String bucket : new String[] {"hidden", "absent"}) {
            Reply anonymous = hub.get("/api/buckets/ann/" + bucket).send();
            assertThat(anonymous.status()).isEqualTo(401);
            assertThat(anonymous.header("X-Error-Code")).isEqualTo("RepoNotFound");
            assertThat(anonymous.header("X-Error-Message")).isEqualTo("Invalid username or password.");

            Reply other = hub.get("/api/buckets/ann/" + bucket).as(TestHub.BOB).send();
            assertThat(other.status()).isEqualTo(404);
            assertThat(other.header("X-Error-Code")).isEqualTo("RepoNotFound");
            assertThat(other.header("X-Error-Message")).isEqualTo("Repository not found");
        }
        assertThat(hub.get("/api/buckets/ann/shown").send().status()).isEqualTo(200);
        assertThat(hub.delete("/api/buckets/ann/shown").as(TestHub.BOB).send().status())
                .isEqualTo(403);
        assertThat(hub.delete("/api/buckets/ann/shown").send().status()).isEqualTo(401);
        assertThat(hub.post("/api/buckets/ann/other", "{}")
                        .as(TestHub.BOB)
                        .send()
                        .status())
                .isEqualTo(403);
        assertThat(hub.post("/api/buckets/ann/other", "{}").send().status()).isEqualTo(401);
    }

    @Test
    void list_pagesThroughOwnBucketsAndHidesPrivateOnesFromOthers() {
        for (int i = 0; i < 5; i++) {
            String visibility = i == 3 ? "{\"private\":true}" : "{}";
            hub.post("/api/buckets/bob/list-" + i, visibility).as(TestHub.BOB).send();
        }
        Reply first =
                hub.get("/api/buckets/me?search=list&limit=2").as(TestHub.BOB).send();
        assertThat(first.all("id")).containsExactly("bob/list-0", "bob/list-1");
        Reply second = hub.get(next(first)).as(TestHub.BOB).send();
        assertThat(second.all("id")).containsExactly("bob/list-2", "bob/list-3");
        Reply third = hub.get(next(second)).as(TestHub.BOB).send();
        assertThat(third.all("id")).containsExactly("bob/list-4");
        assertThat(third.header("Link")).isNull();
        assertThat(hub.get("/api/buckets/bob?search=list").send().all("id"))
                .containsExactly("bob/list-0", "bob/list-1", "bob/list-2", "bob/list-4");
        assertThat(hub.get("/api/buckets/me").send().status()).isEqualTo(401);
    }

    @Test
    void delete_removesWithShortAnswerAndIsNotFoundAfterwards() {
        hub.bucket("doomed");
        Reply reply = hub.delete("/api/buckets/ann/doomed").as(TestHub.ANN).send();
        assertThat(reply.status()).isEqualTo(204);
        assertThat(reply.bytes()).isEmpty();
        assertThat(hub.delete("/api/buckets/ann/doomed").as(TestHub.ANN).send().status())
                .isEqualTo(404);
    }

    @Test
    void settings_changeVisibilityAndUpdatedAt() {
        hub.bucket("set");
        String before = updatedAt("set");
        assertThat(hub.put("/api/buckets/ann/set/settings", "{\"private\":true}")
                        .as(TestHub.ANN)
                        .send()
                        .status())
                .isEqualTo(200);
        assertThat(hub.get("/api/buckets/ann/set").send().status()).isEqualTo(401);
        assertThat(updatedAt("set")).isGreaterThan(before);
    }

    @Test
    void move_renamesAndRefusesTakenOrForeignTargets() {
        hub.bucket("from");
        hub.bucket("occupied");
        assertThat(move("ann/from", "ann/occupied", "bucket").status()).isEqualTo(409);
        assertThat(move("ann/from", "bob/mine", "bucket").status()).isEqualTo(403);
        assertThat(move("ann/nothing", "ann/to", "bucket").status()).isEqualTo(404);
        assertThat(move("ann/from", "ann/t o", "bucket").status()).isEqualTo(400);
        assertThat(move("ann/from", "ann/to", "model").status()).isEqualTo(501);
        assertThat(move("ann/from", "ann/to", "bucket").status()).isEqualTo(200);
        assertThat(hub.get("/api/buckets/ann/to").send().status()).isEqualTo(200);
        assertThat(hub.get("/api/buckets/ann/from").as(TestHub.ANN).send().status())
                .isEqualTo(404);
    }

    @Test
    void updatedAt_growsWithEveryMutationEvenWithinAMillisecond() {
        hub.bucket("ticks");
        TreeSet<String> seen = new TreeSet<>();
        String last = updatedAt("ticks");
        for (int i = 0; i < 50; i++) {
            hub.batch("ann/ticks", "{\"type\":\"addFile\",\"path\":\"f\",\"xetHash\":\"" + "0".repeat(64) + "\"}");
            String now = updatedAt("ticks");
            assertThat(now).isGreaterThan(last);
            seen.add(now);
            last = now;
        }
        assertThat(seen).hasSize(50);
        hub.batch("ann/ticks", "{\"type\":\"deleteFile\",\"path\":\"absent\"}");
        assertThat(updatedAt("ticks")).isEqualTo(last);
    }

    private static Reply move(String from, String to, String type) {
        return hub.post(
                        "/api/repos/move",
                        "{\"fromRepo\":\"" + from + "\",\"toRepo\":\"" + to + "\",\"type\":\"" + type + "\"}")
                .as(TestHub.ANN)
                .send();
    }

    private static String updatedAt(String name) {
        return hub.get("/api/buckets/ann/" + name)
                .as(TestHub.ANN)
                .send()
                .json()
                .path("updatedAt")
                .asString();
    }

    static String next(Reply reply) {
        String link = reply.header("Link");
        assertThat(link).matches("<http://[^>]+>; rel=\"next\"");
        return link.substring(1, link.indexOf('>'));
    }
}
