package io.hfmount.agent.content;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DirectWriterTest {
    @TempDir
    private Path directory;

    /** Fills a new file of so many bytes given in three parts, the first of odd length. */
    private byte[] write(DirectWriter writer, Path file, int length) throws IOException {
        byte[] content = new byte[length];
        new Random(length).nextBytes(content);
        int second = Math.min(length, 4097);
        List<ByteBuffer> parts = new ArrayList<>();
        parts.add(ByteBuffer.wrap(content, 0, Math.min(length, 13)));
        parts.add(ByteBuffer.wrap(content, Math.min(length, 13), second - Math.min(length, 13)));
        parts.add(ByteBuffer.wrap(content, second, length - second));
        assertThat(writer.write(file, parts)).isTrue();
        assertThat(parts).allMatch(ByteBuffer::hasRemaining);
        return content;
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                DirectWriter.FROM,
                DirectWriter.FROM + 1,
                DirectWriter.FROM + 4095,
                DirectWriter.FROM + 4096,
                2 * DirectWriter.FROM - 1,
                2 * DirectWriter.FROM,
                8 * DirectWriter.FROM + 12_345
            })
    void aFileHasExactlyTheBytesGiven(int length) throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        byte[] content = write(new DirectWriter(directory), file, length);
        assertThat(file).hasBinaryContent(content);
    }

    @Test
    void oneFileLeavesNothingForTheNext() throws IOException {
        DirectWriter writer = new DirectWriter(directory);
        Path first = Files.createFile(directory.resolve("first"));
        Path second = Files.createFile(directory.resolve("second"));
        byte[] one = write(writer, first, 3 * DirectWriter.FROM + 77);
        byte[] two = write(writer, second, DirectWriter.FROM + 5);
        assertThat(first).hasBinaryContent(one);
        assertThat(second).hasBinaryContent(two);
    }

    @Test
    void shortFilesAreLeftToThePageCache() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        ByteBuffer content = ByteBuffer.allocate(DirectWriter.FROM - 1);
        assertThat(new DirectWriter(directory).write(file, List.of(content))).isFalse();
        assertThat(file).isEmptyFile();
    }

    @Test
    void itGivesUpAfterFailuresInARowAndStartsAgainAfterASuccess() throws IOException {
        DirectWriter writer = new DirectWriter(directory);
        Path file = Files.createFile(directory.resolve("file"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);
        ByteBuffer content = ByteBuffer.allocate(DirectWriter.FROM);
        fail(writer, link, content);
        fail(writer, link, content);
        assertThat(writer.write(file, List.of(content))).isTrue();
        fail(writer, link, content);
        fail(writer, link, content);
        fail(writer, link, content);
        assertThat(writer.write(file, List.of(content))).isFalse();
    }

    /** A link is not followed, so the file cannot be opened, nor emptied. */
    private static void fail(DirectWriter writer, Path link, ByteBuffer content) {
        try {
            writer.write(link, List.of(content));
        } catch (NoSuchFileException unexpected) {
            throw new AssertionError(unexpected);
        } catch (IOException refused) {
            return;
        }
        throw new AssertionError("the link was followed");
    }
}
