package io.hfmount.xet.compose;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.Edit;
import io.hfmount.xet.LocalBase;
import io.hfmount.xet.UploadSession;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.testing.ArraySource;
import io.hfmount.xet.upload.UploadSettings;
import io.hfmount.xet.vectors.VectorInput;
import io.hfmount.xet.vectors.Vectors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code compose.json}, all of it, on originals in the reference's form and in ours, with and without an index. */
class ComposeVectorsTest {
    @TempDir
    private Path folder;

    @TestFactory
    Stream<DynamicTest> goldenCompose() {
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonNode c : Vectors.cases("compose.json")) {
            for (boolean aligned : new boolean[] {true, false}) {
                for (boolean warm : aligned ? new boolean[] {true, false} : new boolean[] {false}) {
                    String name = c.get("name").asString()
                            + (aligned ? ", aligned" : ", plain")
                            + (warm ? ", known" : ", unknown");
                    tests.add(DynamicTest.dynamicTest(name, () -> check(c, aligned, warm)));
                }
            }
        }
        return tests.stream();
    }

    private void check(JsonNode c, boolean aligned, boolean warm) throws Exception {
        byte[] original = VectorInput.bytes(c.get("original"));
        JsonNode limit = c.get("max_xorb_bytes");
        UploadSettings settings = UploadSettings.defaults()
                .withShortSegments(false)
                .withDedup(false, 0)
                .withXorbLimits(limit == null || limit.isNull() ? 64 << 20 : limit.asInt(), 8192);
        try (Composing composing = new Composing(settings)) {
            composing.storage.withAlignedWindows(aligned);
            if (warm) {
                composing.restart(Files.createTempDirectory(folder, "index"));
            }
            UploadedContent base = composing.upload(original);
            assertThat(base.hash().text()).isEqualTo(c.get("original_hash").asString());
            if (!warm) {
                composing.restart(null);
            }
            List<Edit> edits = new ArrayList<>();
            for (JsonNode edit : c.get("edits")) {
                edits.add(new Edit(
                        edit.get("start").asLong(),
                        edit.get("end").asLong(),
                        ArraySource.of(VectorInput.bytes(edit.get("data")))));
            }
            UploadSession session = composing.store.newUploadSession();
            UploadedContent composed = session.compose(base.hash(), base.size(), edits, LocalBase.none())
                    .block(Composing.WAIT);
            session.finish().block(Composing.WAIT);

            assertThat(composed.hash())
                    .isEqualTo(ContentHash.parse(c.get("expected_hash").asString()));
            assertThat(composed.size()).isEqualTo(c.get("expected_size").asLong());
            byte[] content = composing.storage.content(composed.hash());
            assertThat(content).hasSize(c.get("expected_size").asInt());
            assertThat(HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(content)))
                    .isEqualTo(c.get("expected_sha256").asString());
            if (warm) {
                assertThat(composing.storage.windowQueries()).isZero();
            }
        }
    }
}
