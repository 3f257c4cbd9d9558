package io.hfmount.emulator.durable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FramedLogTest {
    private static final List<byte[]> RECORDS = List.of("first".getBytes(), new byte[300], "the last one".getBytes());

    @TempDir
    Path directory;

    private Path written() throws IOException {
        Path file = Files.createTempDirectory(directory, "log").resolve("log");
        try (FramedLog log = FramedLog.create(file)) {
            for (byte[] record : RECORDS) {
                log.append(record);
            }
            assertThat(log.size()).isEqualTo(Files.size(file));
        }
        return file;
    }

    private static List<byte[]> replay(Path file) throws IOException {
        List<byte[]> records = new ArrayList<>();
        FramedLog.open(file, records::add).close();
        return records;
    }

    @Test
    void records_comeBackInOrder() throws Exception {
        assertThat(replay(written())).containsExactlyElementsOf(RECORDS);
    }

    @Test
    void tornTail_atEveryByte_losesOnlyTheLastRecord() throws Exception {
        byte[] whole = Files.readAllBytes(written());
        int lastFrame = whole.length - RECORDS.getLast().length - 8;
        for (int length = lastFrame; length < whole.length; length++) {
            Path file = directory.resolve("cut-" + length);
            Files.write(file, Arrays.copyOf(whole, length));
            assertThat(replay(file)).containsExactlyElementsOf(RECORDS.subList(0, 2));
            assertThat(Files.size(file)).isEqualTo(lastFrame);
        }
    }

    @Test
    void tailOfZeros_isCutOff() throws Exception {
        Path file = written();
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length + 100_000));
        assertThat(replay(file)).containsExactlyElementsOf(RECORDS);
        assertThat(Files.size(file)).isEqualTo(whole.length);
    }

    @Test
    void lastFrameWithWrongBytes_isCutOff() throws Exception {
        Path file = written();
        byte[] whole = Files.readAllBytes(file);
        whole[whole.length - 1] ^= 1;
        Files.write(file, whole);
        assertThat(replay(file)).containsExactlyElementsOf(RECORDS.subList(0, 2));
    }

    @Test
    void appendAfterACutTail_continuesTheLog() throws Exception {
        Path file = written();
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length - 3));
        try (FramedLog log = FramedLog.open(file, record -> {})) {
            log.append("after".getBytes());
        }
        assertThat(replay(file)).hasSize(3).last().isEqualTo("after".getBytes());
    }

    @Test
    void damageBeforeTheTail_isRefused() throws Exception {
        byte[] whole = Files.readAllBytes(written());
        for (int at = 8; at < whole.length - RECORDS.getLast().length - 8; at++) {
            byte[] damaged = whole.clone();
            damaged[at] ^= 0x10;
            Path file = directory.resolve("damaged-" + at);
            Files.write(file, damaged);
            boolean lengthField = at < 12 || (at >= 21 && at < 25);
            if (lengthField) {
                continue; // a length that points beyond the end cannot be told from a torn tail
            }
            assertThatThrownBy(() -> replay(file))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("damaged");
        }
    }

    @Test
    void tornCreation_isAnEmptyLog() throws Exception {
        for (int length = 0; length < 8; length++) {
            Path file = directory.resolve("new-" + length);
            Files.write(file, new byte[length]);
            assertThat(replay(file)).isEmpty();
            assertThat(Files.size(file)).isEqualTo(8);
        }
    }

    @Test
    void foreignFile_isRefused() throws Exception {
        Path file = directory.resolve("foreign");
        Files.writeString(file, "something else entirely");
        assertThatThrownBy(() -> replay(file)).hasMessageContaining("not a log");
    }

    @Test
    void finishedFileWithATornTail_isRefused() throws Exception {
        Path file = written();
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length - 1));
        assertThatThrownBy(() -> FramedLog.read(file, record -> {})).hasMessageContaining("damaged");
    }

    @Test
    void recordLimits_areEnforced() throws Exception {
        try (FramedLog log = FramedLog.create(directory.resolve("limits"))) {
            assertThatThrownBy(() -> log.append(new byte[0])).isInstanceOf(IOException.class);
            log.append(new byte[1]);
        }
    }
}
