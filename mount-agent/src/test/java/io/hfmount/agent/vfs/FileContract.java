package io.hfmount.agent.vfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.agent.vfs.FileClient.Mode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every way to {@link MemoryFileSystem} owes to applications: the port called in this process, and each engine
 * through the kernel.
 */
public abstract class FileContract {
    protected static final int MIB = 1 << 20;

    /** The way under test. */
    protected abstract FileClient client();

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4095, 4096, 4097, 131_072, MIB, MIB + 1, 3 * MIB + 12_345})
    void writeThenRead_anySize_returnsTheSameBytes(int size) throws FsException {
        byte[] content = randomBytes(size);

        write("file", content);

        assertThat(client().size("file")).isEqualTo(size);
        assertThat(read("file")).isEqualTo(content);
    }

    @Test
    void positionalReadsAndWrites_overlappingPages_behaveLikeAnArray() throws FsException {
        Random random = new Random(7);
        byte[] model = new byte[300_000];
        try (FileClient.File file = client().open("file", Mode.CREATE)) {
            file.write(0, model);
            for (int i = 0; i < 200; i++) {
                int at = random.nextInt(model.length - 10_000);
                byte[] piece = new byte[random.nextInt(10_000)];
                random.nextBytes(piece);
                file.write(at, piece);
                System.arraycopy(piece, 0, model, at, piece.length);
                int from = random.nextInt(model.length - 5_000);
                assertThat(file.read(from, 5_000)).isEqualTo(Arrays.copyOfRange(model, from, from + 5_000));
            }
        }
        assertThat(read("file")).isEqualTo(model);
    }

    @Test
    void append_manyWriters_addsToTheEnd() throws FsException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 50; i++) {
            try (FileClient.File file = client().open("log", Mode.APPEND)) {
                file.write(0, utf8("line " + i + "\n"));
            }
            lines.append("line ").append(i).append('\n');
        }
        assertThat(read("log")).isEqualTo(utf8(lines.toString()));
    }

    @Test
    void truncate_shorterThenLonger_dropsBytesAndFillsWithZeros() throws FsException {
        write("file", new byte[] {1, 2, 3, 4, 5});
        try (FileClient.File file = client().open("file", Mode.READ_WRITE)) {
            file.truncate(2);
            assertThat(client().size("file")).isEqualTo(2);
            file.write(4, new byte[] {9});
        }
        assertThat(read("file")).containsExactly(1, 2, 0, 0, 9);
    }

    @Test
    void openWithTruncate_fileWithContent_isEmptyAtOnce() throws FsException {
        write("file", randomBytes(10_000));
        try (FileClient.File file = client().open("file", Mode.TRUNCATE)) {
            assertThat(client().size("file")).isZero();
            file.write(0, new byte[] {7});
        }
        assertThat(read("file")).containsExactly(7);
    }

    @Test
    void renameOver_openTarget_keepsTheOldContentForItsReader() throws FsException {
        write("target", utf8("old"));
        write("source", utf8("new"));
        try (FileClient.File reader = client().open("target", Mode.READ)) {
            client().rename("source", "target");

            assertThat(reader.read(0, 100)).isEqualTo(utf8("old"));
            assertThat(read("target")).isEqualTo(utf8("new"));
            assertThat(client().exists("source")).isFalse();
        }
    }

    @Test
    void unlink_openFile_staysReadableAndWritable() throws FsException {
        write("file", utf8("content"));
        try (FileClient.File file = client().open("file", Mode.READ_WRITE)) {
            client().unlink("file");

            assertThat(client().exists("file")).isFalse();
            assertThat(client().list("")).isEmpty();
            file.write(0, utf8("C"));
            assertThat(file.read(0, 7)).isEqualTo(utf8("Content"));
            assertThat(file.size()).isEqualTo(7);
        }
    }

    @Test
    void nameMadeAgain_whileTheUnlinkedFileIsOpen_isAnotherFile() throws FsException {
        write("file", utf8("first"));
        try (FileClient.File first = client().open("file", Mode.READ_WRITE)) {
            client().unlink("file");
            write("file", utf8("second"));
            first.write(0, utf8("FIRST"));

            assertThat(read("file")).isEqualTo(utf8("second"));
            assertThat(first.read(0, 5)).isEqualTo(utf8("FIRST"));
        }
        assertThat(read("file")).isEqualTo(utf8("second"));
    }

    @Test
    void renamedDirectory_takesItsTreeAlong() throws FsException {
        client().mkdir("a");
        client().mkdir("a/b");
        write("a/b/file", utf8("content"));
        try (FileClient.File open = client().open("a/b/file", Mode.READ_WRITE)) {
            client().rename("a", "z");

            assertThat(client().exists("a")).isFalse();
            open.write(0, utf8("C"));
            assertThat(read("z/b/file")).isEqualTo(utf8("Content"));
        }
        client().mkdir("a");
        assertThat(client().list("a")).isEmpty();
        assertThat(client().list("z")).containsExactly("b");
    }

    @Test
    void directoryOf1000Entries_isListedOnceEach() throws FsException {
        client().mkdir("many");
        for (int i = 0; i < 1_000; i++) {
            client().open("many/entry-with-a-longer-name-" + i, Mode.CREATE_NEW).close();
        }
        assertThat(client().list("many")).hasSize(1_000).doesNotHaveDuplicates();
    }

    @Test
    void symbolicLink_leadsToItsTarget() throws FsException {
        client().symlink("some/where ü", "link");
        assertThat(client().readlink("link")).isEqualTo("some/where ü");
    }

    @Test
    void names_ofSeveralScripts_comeBackUnchanged() throws FsException {
        List<String> names = List.of("blank and tab\t", "ümlaut", "日本語", "emoji 🤗", "%41#?&;'\"\\", "-rf");
        for (String name : names) {
            write(name, utf8(name));
        }
        assertThat(client().list("")).containsExactlyInAnyOrderElementsOf(names);
        for (String name : names) {
            assertThat(read(name)).isEqualTo(utf8(name));
        }
    }

    @Test
    void refusals_haveTheirErrno() throws FsException {
        client().mkdir("directory");
        write("directory/file", new byte[0]);

        refuses(Errno.EEXIST, () -> client().open("directory/file", Mode.CREATE_NEW));
        refuses(Errno.EEXIST, () -> client().mkdir("directory"));
        refuses(Errno.ENOTEMPTY, () -> client().rmdir("directory"));
        refuses(Errno.ENOENT, () -> client().unlink("absent"));
        refuses(Errno.ENOENT, () -> client().open("absent", Mode.READ));
        refuses(Errno.ENOENT, () -> client().rename("absent", "other"));
        refuses(Errno.ENAMETOOLONG, () -> client().open("n".repeat(256), Mode.CREATE));
        refuses(Errno.ENOTDIR, () -> client().open("directory/file/below", Mode.CREATE));
        write("n".repeat(255), new byte[] {1});
        assertThat(read("n".repeat(255))).containsExactly(1);
    }

    @Test
    void timesAndPermissions_areShownAsSet() throws FsException {
        write("file", new byte[0]);
        for (String time : List.of("2001-02-03T04:05:06.789012345Z", "1969-12-31T23:00:00Z")) {
            client().setModified("file", Instant.parse(time));
            assertThat(client().modified("file")).isEqualTo(Instant.parse(time));
        }
        client().setPermissions("file", 0750);
        assertThat(client().permissions("file")).isEqualTo(0750);
    }

    private void refuses(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }

    private void write(String path, byte[] content) throws FsException {
        try (FileClient.File file = client().open(path, Mode.CREATE)) {
            for (int at = 0; at < content.length; at += MIB) {
                file.write(at, Arrays.copyOfRange(content, at, Math.min(content.length, at + MIB)));
            }
        }
    }

    private byte[] read(String path) throws FsException {
        try (FileClient.File file = client().open(path, Mode.READ)) {
            return file.read(0, (int) file.size() + 1);
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    protected static byte[] randomBytes(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }
}
