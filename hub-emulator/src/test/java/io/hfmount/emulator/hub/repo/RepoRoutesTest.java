package io.hfmount.emulator.hub.repo;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.emulator.EmulatorConfig;
import io.hfmount.emulator.MemoryStorage;
import io.hfmount.emulator.TestHub;
import io.hfmount.emulator.TestHub.Reply;
import io.hfmount.model.ContentHash;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RepoRoutesTest {
    private static final String NET = "/api/models/ann/net";
    private static final String HEADER = "{\"key\":\"header\",\"value\":{\"summary\":\"one\",\"description\":\"\"}}";

    @TempDir
    Path directory;

    private EmulatorConfig config;
    private TestHub hub;

    @BeforeEach
    void start() throws Exception {
        config = EmulatorConfig.in(directory).withUsers(Map.of("ann", TestHub.ANN, "bob", TestHub.BOB));
        hub = new TestHub(config);
        assertThat(create("model", "net").status()).isEqualTo(200);
    }

    @AfterEach
    void stop() throws Exception {
        hub.close();
    }

    private Reply create(String type, String name) {
        return hub.post("/api/repos/create", "{\"name\":\"" + name + "\",\"type\":\"" + type + "\"}")
                .as(TestHub.ANN)
                .send();
    }

    private static String file(String path, String content) {
        String base64 = Base64.getEncoder().encodeToString(content.getBytes(StandardCharsets.UTF_8));
        return "{\"key\":\"file\",\"value\":{\"path\":\"" + path + "\",\"content\":\"" + base64
                + "\",\"encoding\":\"base64\"}}";
    }

    private static String lfsFile(String path, byte[] content) {
        return "{\"key\":\"lfsFile\",\"value\":{\"path\":\"" + path + "\",\"algo\":\"sha256\",\"oid\":\""
                + MemoryStorage.sha256(content).text() + "\",\"size\":" + content.length + "}}";
    }

    private static String change(String key, String path) {
        return "{\"key\":\"" + key + "\",\"value\":{\"path\":\"" + path + "\"}}";
    }

    private Reply tryCommit(String revision, String... lines) {
        List<String> all = new ArrayList<>(List.of(HEADER));
        all.addAll(List.of(lines));
        return hub.post(NET + "/commit/" + revision, String.join("\n", all))
                .as(TestHub.ANN)
                .send();
    }

    private String commit(String... lines) {
        Reply reply = tryCommit("main", lines);
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        return reply.json().path("commitOid").asString();
    }

    private static byte[] content(int seed, int size) {
        byte[] content = new byte[size];
        new Random(seed).nextBytes(content);
        return content;
    }

    @Test
    void newRepo_hasAFirstCommitAndNoFile() {
        Reply info = hub.get(NET).send();
        assertThat(info.status()).isEqualTo(200);
        assertThat(info.json().path("id").asString()).isEqualTo("ann/net");
        assertThat(info.json().path("sha").asString()).matches("[0-9a-f]{40}");
        assertThat(info.json().path("siblings")).isEmpty();
        assertThat(hub.get(NET + "/tree/main").send().text()).isEqualTo("[]");
        assertThat(hub.get("/api/datasets/ann/net").as(TestHub.ANN).send().status())
                .isEqualTo(404);
    }

    @Test
    void takenName_is409WithTheAddress() {
        Reply again = create("model", "net");
        assertThat(again.status()).isEqualTo(409);
        assertThat(again.json().path("url").asString()).isEqualTo(hub.hub.url() + "/ann/net");
        assertThat(create("dataset", "net").json().path("url").asString())
                .isEqualTo(hub.hub.url() + "/datasets/ann/net");
        assertThat(create("model", "a--b").status()).isEqualTo(400);
        assertThat(create("kernel", "x").status()).isEqualTo(501);
        assertThat(hub.post("/api/repos/create", "{\"name\":\"ann/other\"}")
                        .as(TestHub.BOB)
                        .send()
                        .status())
                .isEqualTo(403);
        assertThat(hub.post("/api/repos/create", "{\"name\":\"x\"}").send().status())
                .isEqualTo(401);
    }

    @Test
    void plainFile_isGitsBlob_inListingAndHeadersAndBytes() {
        String id = commit(file("a/README.md", "hello world"));
        Reply tree = hub.get(NET + "/tree/main/a").send();
        assertThat(tree.json().get(0).path("oid").asString()).isEqualTo("95d09f2b10159347eece71399a7e2e907ea3df4f");
        assertThat(tree.json().get(0).path("size").asLong()).isEqualTo(11);
        assertThat(tree.json().get(0).has("xetHash")).isFalse();
        assertThat(tree.json().get(0).has("lastCommit")).isFalse();
        Reply head = hub.head("/ann/net/resolve/main/a/README.md").send();
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.header("Content-Length")).isEqualTo("11");
        assertThat(head.header("ETag")).isEqualTo("\"95d09f2b10159347eece71399a7e2e907ea3df4f\"");
        assertThat(head.header("X-Repo-Commit")).isEqualTo(id);
        assertThat(head.header("X-Xet-Hash")).isNull();
        assertThat(head.header("Link")).isNull();
        Reply get = hub.get("/ann/net/resolve/" + id + "/a%2FREADME.md")
                .header("Range", "bytes=6-")
                .send();
        assertThat(get.status()).isEqualTo(206);
        assertThat(get.text()).isEqualTo("world");
        assertThat(get.header("Content-Range")).isEqualTo("bytes 6-10/11");
        assertThat(hub.get("/ann/net/resolve/main/a/README.md")
                        .header("If-None-Match", head.header("ETag"))
                        .send()
                        .status())
                .isEqualTo(304);
        assertThat(hub.get("/ann/net/resolve/main/a/README.md")
                        .header("Accept", "application/vnd.xet-fileinfo+json, */*")
                        .header("Range", "bytes=0-0")
                        .send()
                        .header("Content-Range"))
                .isEqualTo("bytes 0-0/11");
        assertThat(hub.get("/ann/net/resolve/main/a/README.md")
                        .header("Range", "bytes=11-")
                        .send()
                        .header("Content-Range"))
                .isEqualTo("bytes */11");
    }

    @Test
    void storedFile_isFoundByItsDigest_andNamedByItInEtags() {
        byte[] content = content(1, 5000);
        ContentHash hash = hub.storage.put(7, content);
        String id = commit(lfsFile("w/model.bin", content));
        String sha256 = MemoryStorage.sha256(content).text();
        Reply tree = hub.get(NET + "/tree/main/w?expand=true").send();
        assertThat(tree.json().get(0).path("xetHash").asString()).isEqualTo(hash.text());
        assertThat(tree.json().get(0).at("/lfs/oid").asString()).isEqualTo(sha256);
        assertThat(tree.json().get(0).at("/lfs/size").asLong()).isEqualTo(5000);
        assertThat(tree.json().get(0).at("/lastCommit/id").asString()).isEqualTo(id);
        Reply head = hub.head("/ann/net/resolve/main/w/model.bin").send();
        assertThat(head.header("X-Xet-Hash")).isEqualTo(hash.text());
        assertThat(head.header("X-Linked-ETag")).isEqualTo("\"" + sha256 + "\"");
        assertThat(head.header("X-Linked-Size")).isEqualTo("5000");
        assertThat(head.header("Link")).contains(NET + "/xet-read-token/" + id + ">; rel=\"xet-auth\"");
        assertThat(hub.get("/ann/net/resolve/main/w/model.bin")
                        .header("Range", "bytes=100-199")
                        .send()
                        .bytes())
                .isEqualTo(Arrays.copyOfRange(content, 100, 200));
        assertThat(hub.get("/ann/net/raw/main/w/model.bin").send().text())
                .isEqualTo("version https://git-lfs.github.com/spec/v1\noid sha256:" + sha256 + "\nsize 5000\n");
    }

    @Test
    void contentThatIsNotWhatItClaims_isRefused_andNothingIsCommitted() {
        byte[] content = content(1, 5000);
        String before = hub.get(NET).send().json().path("sha").asString();
        assertThat(tryCommit("main", lfsFile("x", content)).text()).contains("was not uploaded");
        hub.storage.put(7, content);
        assertThat(tryCommit("main", lfsFile("x", content).replace("5000", "4999"))
                        .text())
                .contains("another size");
        hub.storage.claim(MemoryStorage.sha256(new byte[5000]), content);
        assertThat(tryCommit("main", lfsFile("x", new byte[5000])).text()).contains("another sha256");
        assertThat(hub.get(NET).send().json().path("sha").asString()).isEqualTo(before);
    }

    @Test
    void commits_keepEarlierStates_andBranchesTagsAndPullsNameThem() {
        String first = commit(file("x", "one"), file("d/y", "keep"));
        assertThat(hub.post(NET + "/branch/dev%2Fa", "{}")
                        .as(TestHub.ANN)
                        .send()
                        .status())
                .isEqualTo(201);
        assertThat(hub.post(NET + "/tag/main", "{\"tag\":\"v1\"}")
                        .as(TestHub.ANN)
                        .send()
                        .status())
                .isEqualTo(201);
        String second = commit(file("x", "two"), change("deletedFile", "d/y"));
        assertThat(tryCommit("dev%2Fa", file("x", "dev")).status()).isEqualTo(200);
        Reply pull = tryCommit("main?create_pr=1", file("x", "proposed"));
        assertThat(pull.json().path("pullRequestUrl").asString()).isEqualTo(hub.hub.url() + "/ann/net/discussions/1");
        for (String[] state : new String[][] {
            {"main", "two"},
            {second, "two"},
            {first, "one"},
            {"v1", "one"},
            {"dev%2Fa", "dev"},
            {"refs%2Fpr%2F1", "proposed"},
            {"refs/pr/1", "proposed"},
            {"refs%2Fheads%2Fmain", "two"}
        }) {
            assertThat(hub.get("/ann/net/resolve/" + state[0] + "/x").send().text())
                    .as(state[0])
                    .isEqualTo(state[1]);
        }
        assertThat(hub.get(NET + "/tree/" + first + "?recursive=true").send().all("path"))
                .containsExactly("d", "d/y", "x");
        assertThat(hub.get(NET + "/tree/refs/pr/1").send().all("path")).containsExactly("x");
        Reply refs = hub.get(NET + "/refs?include_prs=1").send();
        assertThat(refs.json().path("branches").toString()).contains("refs/heads/dev/a", second);
        assertThat(refs.json().at("/tags/0/targetCommit").asString()).isEqualTo(first);
        assertThat(refs.json().at("/pullRequests/0/ref").asString()).isEqualTo("refs/pr/1");
        assertThat(hub.get(NET + "/refs").send().json().has("pullRequests")).isFalse();
        assertThat(hub.get(NET + "/revision/v1").send().json().path("sha").asString())
                .isEqualTo(first);
        assertThat(hub.delete(NET + "/tag/v1").as(TestHub.ANN).send().status()).isEqualTo(204);
        assertThat(hub.get(NET + "/revision/v1").send().header("X-Error-Code")).isEqualTo("RevisionNotFound");
    }

    @Test
    void staleParent_is412() {
        String first = commit(file("x", "one"));
        commit(file("x", "two"));
        String stale = HEADER.replace("\"description\"", "\"parentCommit\":\"" + first + "\",\"description\"");
        Reply reply = hub.post(NET + "/commit/main", stale + "\n" + file("x", "three"))
                .as(TestHub.ANN)
                .send();
        assertThat(reply.status()).isEqualTo(412);
        assertThat(hub.get("/ann/net/resolve/main/x").send().text()).isEqualTo("two");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense",
                "{\"key\":\"file\"}",
                "{\"key\":\"file\",\"value\":{\"path\":\"../x\",\"content\":\"\"}}",
                "{\"key\":\"file\",\"value\":{\"path\":\"x\",\"content\":\"***\",\"encoding\":\"base64\"}}",
                "{\"key\":\"file\",\"value\":{\"path\":\"a/b/c\",\"content\":\"under a file\"}}",
                "{\"key\":\"file\",\"value\":{\"path\":\"d\",\"content\":\"over a folder\"}}",
                "{\"key\":\"header\",\"value\":{\"summary\":\"again\"}}",
                "{\"key\":\"unknown\",\"value\":{}}",
                "{\"key\":\"lfsFile\",\"value\":{\"path\":\"x\",\"oid\":\"zz\"}}"
            })
    void commitThatCannotBe_is400_andChangesNothing(String line) {
        String before = commit(file("a/b", "x"), file("d/e", "y"));
        assertThat(tryCommit("main", file("good", "good"), line).status()).isEqualTo(400);
        assertThat(hub.get(NET).send().json().path("sha").asString()).isEqualTo(before);
    }

    @Test
    void folders_areDeletedWhole_absentPathsAreRefused() {
        commit(file("d/x", "1"), file("d/e/y", "2"), file("d.txt", "3"));
        commit(change("deletedFolder", "d/"));
        assertThat(hub.get(NET + "/tree/main?recursive=1").send().all("path")).containsExactly("d.txt");
        for (String key : List.of("deletedFile", "deletedFolder")) {
            assertThat(tryCommit("main", change(key, "d/")).status()).isIn(400, 404);
            assertThat(tryCommit("main", change(key, "none")).header("X-Error-Code"))
                    .isEqualTo("EntryNotFound");
        }
    }

    @Test
    void listing_isPaged_andEveryPageTellsOfTheSameCommit() {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            lines.add(file("f" + i, "x"));
        }
        commit(lines.toArray(String[]::new));
        Reply page = hub.get(NET + "/tree/main?limit=7").send();
        List<String> seen = new ArrayList<>(page.all("path"));
        commit(file("a", "new"), change("deletedFile", "f9"));
        while (page.header("Link") != null) {
            String link = page.header("Link");
            page = hub.get(link.substring(1, link.indexOf('>'))).send();
            seen.addAll(page.all("path"));
        }
        assertThat(seen).hasSize(30).doesNotHaveDuplicates().contains("f9").doesNotContain("a");
    }

    @Test
    void pathsInfo_takesAFormAndJson() {
        commit(file("d/x", "1"), file("y z&", "22"));
        Reply form = hub.post(NET + "/paths-info/main", "paths=d&paths=y+z%26&paths=none&expand=True")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .send();
        assertThat(form.all("path")).containsExactly("d", "y z&");
        assertThat(form.all("type")).containsExactly("directory", "file");
        assertThat(form.json().get(1).at("/lastCommit/title").asString()).isEqualTo("one");
        assertThat(hub.post(NET + "/paths-info/main", "{\"paths\":[\"d/x\"],\"expand\":false}")
                        .header("Content-Type", "application/json")
                        .send()
                        .all("oid"))
                .containsExactly("56a6051ca2b02b04ef92d5150c9ef600403cb1de");
    }

    @ParameterizedTest
    @CsvSource({
        "/api/models/ann/none,404,RepoNotFound",
        "/api/models/ann/net/revision/none,404,RevisionNotFound",
        "/api/models/ann/net/tree/none,404,RevisionNotFound",
        "/api/models/ann/net/tree/main/none,404,EntryNotFound",
        "/api/models/ann/net/tree/main/x,404,EntryNotFound",
        "/api/models/ann/net/xet-read-token/none,404,RevisionNotFound",
        "/ann/net/resolve/none/x,404,RevisionNotFound",
        "/ann/net/resolve/main/none,404,EntryNotFound",
        "/ann/net/resolve/main/d,404,EntryNotFound",
        "/ann/none/resolve/main/x,404,RepoNotFound"
    })
    void whatIsAbsent_isNamedByItsCode(String path, int status, String code) {
        String id = commit(file("x", "1"), file("d/y", "2"));
        Reply reply = hub.get(path).as(TestHub.BOB).send();
        assertThat(reply.status()).isEqualTo(status);
        assertThat(reply.header("X-Error-Code")).isEqualTo(code);
        if (code.equals("EntryNotFound") && path.contains("/resolve/")) {
            assertThat(reply.header("X-Repo-Commit")).isEqualTo(id);
        }
    }

    @Test
    void privateRepo_isAbsentForOthers_gatedContentIsForbidden() {
        commit(file("x", "secret"));
        String settings = NET + "/settings";
        assertThat(hub.put(settings, "{\"gated\":\"auto\"}")
                        .as(TestHub.ANN)
                        .send()
                        .status())
                .isEqualTo(200);
        assertThat(hub.get(NET).as(TestHub.BOB).send().json().path("gated").asString())
                .isEqualTo("auto");
        for (String path : List.of("/ann/net/resolve/main/x", NET + "/xet-read-token/main")) {
            assertThat(hub.get(path).as(TestHub.BOB).send().header("X-Error-Code"))
                    .isEqualTo("GatedRepo");
            assertThat(hub.get(path).as(TestHub.BOB).send().status()).isEqualTo(403);
            assertThat(hub.get(path).as(TestHub.ANN).send().status()).isEqualTo(200);
        }
        assertThat(hub.put(settings, "{\"gated\":false,\"private\":true}")
                        .as(TestHub.ANN)
                        .send()
                        .status())
                .isEqualTo(200);
        for (String path : List.of(NET, NET + "/tree/main", "/ann/net/resolve/main/x")) {
            assertThat(hub.get(path).as(TestHub.BOB).send().status()).isEqualTo(404);
            assertThat(hub.get(path).send().status()).isEqualTo(401);
            assertThat(hub.get(path).send().header("X-Error-Code")).isEqualTo("RepoNotFound");
            assertThat(hub.get(path).as(TestHub.ANN).send().status()).isEqualTo(200);
        }
        assertThat(hub.put(settings, "{\"private\":false}")
                        .as(TestHub.BOB)
                        .send()
                        .status())
                .isEqualTo(404);
    }

    @Test
    void writing_needsTheOwner() {
        assertThat(hub.post(NET + "/commit/main", HEADER).send().status()).isEqualTo(401);
        assertThat(hub.post(NET + "/commit/main", HEADER).as(TestHub.BOB).send().status())
                .isEqualTo(403);
        assertThat(hub.get(NET + "/xet-write-token/main").as(TestHub.BOB).send().status())
                .isEqualTo(403);
        assertThat(hub.get(NET + "/xet-write-token/None").as(TestHub.ANN).send().status())
                .isEqualTo(200);
        assertThat(hub.delete("/api/repos/delete")
                        .body(BodyPublishers.ofString("{\"name\":\"ann/net\"}"))
                        .as(TestHub.BOB)
                        .send()
                        .status())
                .isEqualTo(403);
        assertThat(hub.delete("/api/repos/delete")
                        .body(BodyPublishers.ofString("{\"name\":\"net\",\"organization\":\"ann\"}"))
                        .as(TestHub.ANN)
                        .send()
                        .status())
                .isEqualTo(204);
        assertThat(hub.get(NET).as(TestHub.ANN).send().status()).isEqualTo(404);
    }

    @Test
    void preupload_sendsTextToGitAndTheRestToStorage() {
        commit(file("known.txt", "hello world"));
        String text = Base64.getEncoder().encodeToString("text".getBytes(StandardCharsets.UTF_8));
        String binary = Base64.getEncoder().encodeToString(new byte[] {1, 0, 2});
        Reply reply = hub.post(
                        NET + "/preupload/main",
                        "{\"files\":[{\"path\":\"known.txt\",\"size\":4,\"sample\":\"" + text
                                + "\"},{\"path\":\"b\",\"size\":3,\"sample\":\"" + binary
                                + "\"},{\"path\":\"c\",\"size\":10000001,\"sample\":\"" + text
                                + "\"},{\"path\":\"e\",\"size\":0,\"sample\":\"\"}]}")
                .as(TestHub.ANN)
                .send();
        assertThat(reply.json().path("files").findValuesAsString("uploadMode"))
                .containsExactly("regular", "lfs", "lfs", "regular");
        assertThat(reply.json().at("/files/0/oid").asString()).isEqualTo("95d09f2b10159347eece71399a7e2e907ea3df4f");
        assertThat(reply.json().at("/files/0/shouldIgnore").isBoolean()).isTrue();
        assertThat(reply.json().at("/files/1").has("oid")).isFalse();
    }

    @Test
    void largeFileBatch_leadsToStorage_exceptForWhatIsThere() {
        byte[] known = content(1, 100);
        byte[] other = content(2, 100);
        hub.storage.put(7, known);
        String body = "{\"operation\":\"upload\",\"transfers\":[\"basic\",\"xet\"],\"objects\":[{\"oid\":\""
                + MemoryStorage.sha256(known).text() + "\",\"size\":100},{\"oid\":\""
                + MemoryStorage.sha256(other).text() + "\",\"size\":100}]}";
        Reply reply = hub.post("/ann/net.git/info/lfs/objects/batch", body)
                .as(TestHub.ANN)
                .send();
        assertThat(reply.json().path("transfer").asString()).isEqualTo("xet");
        assertThat(reply.json().at("/objects/0").has("actions")).isFalse();
        assertThat(reply.json().at("/objects/1/actions/upload/href").asString())
                .isEqualTo(hub.hub.url() + NET + "/xet-write-token/main");
        assertThat(reply.json()
                        .at("/objects/1/actions/upload/header/X-Xet-Access-Token")
                        .asString())
                .isNotBlank();
        assertThat(hub.post("/ann/net.git/info/lfs/objects/batch", body.replace(",\"xet\"", ""))
                        .as(TestHub.ANN)
                        .send()
                        .status())
                .isEqualTo(422);
    }

    @Test
    void everything_isThereAfterARestart() throws Exception {
        byte[] content = content(1, 5000);
        hub.storage.put(7, content);
        String first = commit(file("x", "one"), lfsFile("m", content));
        commit(file("x", "two"));
        hub.post(NET + "/tag/" + first, "{\"tag\":\"v1\"}").as(TestHub.ANN).send();
        hub.put(NET + "/settings", "{\"private\":true}").as(TestHub.ANN).send();
        create("space", "gone");
        String before = hub.get(NET + "/refs").as(TestHub.ANN).send().text();
        hub.close();
        hub = new TestHub(config);
        hub.storage.put(7, content);
        assertThat(hub.get(NET + "/refs").as(TestHub.ANN).send().text()).isEqualTo(before);
        assertThat(hub.get("/ann/net/resolve/v1/x").as(TestHub.ANN).send().text())
                .isEqualTo("one");
        assertThat(hub.get("/ann/net/resolve/v1/m").as(TestHub.ANN).send().bytes())
                .isEqualTo(content);
        assertThat(hub.get(NET).send().status()).isEqualTo(401);
        assertThat(hub.get("/api/spaces/ann/gone").send().status()).isEqualTo(200);
    }

    @Test
    void emptyPlainFile_isGivenWhole_whateverTheRange() {
        commit(file("empty", ""));
        Reply reply = hub.get("/ann/net/resolve/main/empty")
                .header("Range", "bytes=0-0")
                .send();
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.header("Content-Length")).isEqualTo("0");
        assertThat(reply.header("Content-Range")).isEqualTo("bytes */0");
        assertThat(reply.header("ETag")).isEqualTo("\"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\"");
    }

    @Test
    void longPlainFile_isStreamedWhole() {
        String text = "0123456789abcdef".repeat(100_000);
        commit(file("long.txt", text));
        assertThat(hub.get("/ann/net/resolve/main/long.txt").send().text()).isEqualTo(text);
    }
}
