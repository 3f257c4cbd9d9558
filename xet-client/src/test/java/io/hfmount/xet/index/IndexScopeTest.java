package io.hfmount.xet.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chunks known from one storage or bucket must not be taken for stored in another one. */
class IndexScopeTest {
    private static final String MINE = "https://hub.example\nann/data";

    @TempDir
    Path folder;

    private Path log;

    @BeforeEach
    void fill() throws IOException {
        IndexScope.claim(folder, MINE);
        log = Files.writeString(IndexLog.path(folder, 3), "records");
    }

    @Test
    void sameScope_keepsItsLogs() throws IOException {
        IndexScope.claim(folder, MINE);
        assertThat(log).hasContent("records");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "https://hub.example\nann/dat",
                "https://hub.example\nann/data2",
                "https://hub.example\nAnn/data",
                "https://hub.example:443\nann/data",
                "http://hub.example\nann/data"
            })
    void anyOtherScope_losesThem_alsoForTheFirstOne(String other) throws IOException {
        Path notes = Files.writeString(folder.resolve("notes.txt"), "mine");
        IndexScope.claim(folder, other);
        assertThat(log).doesNotExist();
        assertThat(notes).hasContent("mine");

        Files.writeString(log, "others");
        IndexScope.claim(folder, MINE);
        assertThat(log).doesNotExist();
    }

    @Test
    void logsWithoutAScope_areNobodys() throws IOException {
        Files.delete(folder.resolve("scope"));
        IndexScope.claim(folder, MINE);
        assertThat(log).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 8, 63})
    void tornScope_isNobodys(int length) throws IOException {
        Path scope = folder.resolve("scope");
        Files.writeString(scope, Files.readString(scope).substring(0, length));
        IndexScope.claim(folder, MINE);
        assertThat(log).doesNotExist();
    }

    @Test
    void logThatCannotBeDeleted_leavesTheFolderTheOthers() throws IOException {
        Path stuck = Files.createDirectories(IndexLog.path(folder, 4).resolve("inside"));
        String scope = Files.readString(folder.resolve("scope"));
        assertThatThrownBy(() -> IndexScope.claim(folder, "another")).isInstanceOf(IOException.class);
        assertThat(folder.resolve("scope")).hasContent(scope);

        Files.delete(stuck);
        IndexScope.claim(folder, "another");
        assertThat(IndexLog.path(folder, 4)).doesNotExist();
        assertThat(log).doesNotExist();
    }
}
