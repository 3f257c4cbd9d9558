package io.hfmount.agent.staging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Stable views of files that go on changing (mount-semantics §3.5 F1, H-07). */
class SealTest {
    @TempDir
    Path directory;

    private StagingArea area;
    private StagingFile file;

    @BeforeEach
    void open() throws IOException {
        area = StagingArea.open(directory);
        file = area.create();
    }

    @AfterEach
    void close() throws IOException {
        area.close();
    }

    static byte[] pattern(int length, int seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static void write(StagingFile file, long position, byte[] bytes) throws IOException {
        assertThat(file.write(position, ByteBuffer.wrap(bytes))).isEqualTo(bytes.length);
    }

    static byte[] read(Seal seal) throws IOException {
        ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(seal.size()) + 10);
        int n = seal.read(0, all);
        return Arrays.copyOf(all.array(), n);
    }

    @Test
    @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void fileThatSomebodyElseCut_isNotReadShort_H08() throws IOException {
        write(file, 0, pattern(1000, 1));
        Seal seal = file.seal(1000);
        try (FileChannel outside = FileChannel.open(file.path(), StandardOpenOption.WRITE)) {
            outside.truncate(600);
        }
        assertThatThrownBy(() -> read(seal)).isInstanceOf(IOException.class).hasMessageContaining("shorter");
        seal.close();
    }

    @Test
    void overwrite_isNotSeenByTheSeal() throws IOException {
        byte[] old = pattern(3 * Seal.BLOCK + 17, 1);
        write(file, 0, old);
        Seal seal = file.seal(old.length);
        write(file, Seal.BLOCK - 5, pattern(10, 2));
        write(file, 3 * Seal.BLOCK + 16, pattern(100, 3));
        assertThat(read(seal)).isEqualTo(old);
        ByteBuffer middle = ByteBuffer.allocate(Seal.BLOCK + 20);
        assertThat(seal.read(Seal.BLOCK - 10, middle)).isEqualTo(middle.capacity());
        assertThat(middle.array())
                .isEqualTo(Arrays.copyOfRange(old, Seal.BLOCK - 10, Seal.BLOCK - 10 + middle.capacity()));
        assertThat(area.bytes()).as("three blocks were kept").isEqualTo(file.length() + 2L * Seal.BLOCK + 17);
        seal.close();
        seal.close();
        assertThat(area.bytes()).isEqualTo(file.length());
    }

    @Test
    void append_costsNothingAndIsNotSeen() throws IOException {
        byte[] old = pattern(100, 1);
        write(file, 0, old);
        Seal seal = file.seal(100);
        write(file, 100, pattern(Seal.BLOCK * 3, 2));
        assertThat(area.bytes()).isEqualTo(file.length());
        assertThat(read(seal)).isEqualTo(old);
        assertThat(seal.read(100, ByteBuffer.allocate(10))).isZero();
        seal.close();
    }

    @Test
    void shrinkAndRegrowth_keepTheSealedBytes() throws IOException {
        byte[] old = pattern(5 * Seal.BLOCK, 1);
        write(file, 0, old);
        Seal seal = file.seal(old.length);
        file.truncate(Seal.BLOCK + 7);
        file.truncate(6L * Seal.BLOCK);
        write(file, 2 * Seal.BLOCK, pattern(Seal.BLOCK, 9));
        assertThat(read(seal)).isEqualTo(old);
        seal.close();
    }

    @Test
    void largeTruncation_breaksTheSealInsteadOfCopying() throws IOException {
        long size = Seal.MAX_PRESERVED_BYTES + 3L * Seal.BLOCK;
        file.truncate(size);
        Seal seal = file.seal(size);
        file.truncate(1);
        assertThat(seal.broken()).isTrue();
        assertThatThrownBy(() -> seal.read(0, ByteBuffer.allocate(1))).isInstanceOf(IOException.class);
        assertThat(area.bytes()).isEqualTo(1);
        seal.close();
    }

    @Test
    void bytesThatCannotBeKept_breakTheSealAndNotTheWrite() throws IOException {
        byte[] old = pattern(3 * Seal.BLOCK, 1);
        write(file, 0, old);
        Seal seal = file.seal(old.length);
        Path images = file.path().resolveSibling(file.path().getFileName() + ".seal");
        Files.createDirectory(images); // as good as a full disk: nothing can be put aside
        write(file, 5, pattern(10, 2));
        assertThat(seal.broken()).isTrue();
        assertThatThrownBy(() -> read(seal)).isInstanceOf(IOException.class);
        ByteBuffer now = ByteBuffer.allocate(10);
        file.read(5, now);
        assertThat(now.array()).isEqualTo(pattern(10, 2));
        seal.close();
        assertThat(area.bytes()).isEqualTo(file.length());
    }

    @Test
    void twoSeals_eachKeepTheirOwnMoment() throws IOException {
        byte[] first = pattern(2 * Seal.BLOCK, 1);
        write(file, 0, first);
        Seal one = file.seal(first.length);
        write(file, 10, pattern(20, 2));
        byte[] second = first.clone();
        System.arraycopy(pattern(20, 2), 0, second, 10, 20);
        Seal two = file.seal(second.length);
        write(file, 0, pattern(2 * Seal.BLOCK, 3));
        assertThat(read(one)).isEqualTo(first);
        assertThat(read(two)).isEqualTo(second);
        one.close();
        write(file, 0, pattern(2 * Seal.BLOCK, 4));
        assertThat(read(two)).isEqualTo(second);
        two.close();
    }

    @Test
    void seal_holdsTheFileAfterItsInodeLetGo() throws IOException {
        byte[] old = pattern(1000, 1);
        write(file, 0, old);
        Seal seal = file.seal(1000);
        file.release();
        assertThat(read(seal)).isEqualTo(old);
        assertThat(file.path()).exists();
        seal.close();
        assertThat(file.path()).doesNotExist();
        assertThat(area.bytes()).isZero();
        assertThatThrownBy(() -> seal.read(0, ByteBuffer.allocate(1))).isInstanceOf(IOException.class);
    }

    @Test
    void sealOfMoreThanTheFile_isRefused() {
        assertThatThrownBy(() -> file.seal(1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void releaseTwice_isABugAndSaysSo() {
        file.release();
        assertThatThrownBy(file::release).isInstanceOf(IllegalStateException.class);
        assertThat(area.bytes()).isZero();
    }

    @Property(tries = 150)
    void randomChanges_leaveEverySealAsItWasOrBroken(
            @ForAll @Size(min = 1, max = 25) List<@IntRange(min = 0, max = 999_999) Integer> script)
            throws IOException {
        Path own = Files.createTempDirectory("seal-property");
        try (StagingArea other = StagingArea.open(own)) {
            StagingFile sealed = other.create();
            byte[] model = new byte[0];
            List<Seal> seals = new ArrayList<>();
            List<byte[]> moments = new ArrayList<>();
            int seed = 0;
            for (int step : script) {
                int position = step % (3 * Seal.BLOCK);
                int length = 1 + step % 7 * Seal.BLOCK / 3;
                switch (step % 5) {
                    case 0 -> {
                        seals.add(sealed.seal(model.length));
                        moments.add(model.clone());
                    }
                    case 1 -> {
                        sealed.truncate(position);
                        model = Arrays.copyOf(model, position);
                    }
                    case 2 -> {
                        if (!seals.isEmpty()) {
                            seals.removeLast().close();
                            moments.removeLast();
                        }
                    }
                    default -> {
                        int at = step % 5 == 3 ? model.length : position;
                        byte[] bytes = pattern(length, ++seed);
                        write(sealed, at, bytes);
                        model = Arrays.copyOf(model, Math.max(model.length, at + length));
                        System.arraycopy(bytes, 0, model, at, length);
                    }
                }
                for (int i = 0; i < seals.size(); i++) {
                    assertThat(seals.get(i).broken()).as("no reason to break").isFalse();
                    assertThat(Arrays.equals(read(seals.get(i)), moments.get(i)))
                            .as("seal %s after %s", i, step)
                            .isTrue();
                }
                ByteBuffer all = ByteBuffer.allocate(model.length);
                assertThat(sealed.read(0, all)).isEqualTo(model.length);
                assertThat(Arrays.equals(all.array(), model)).isTrue();
            }
            seals.forEach(Seal::close);
            assertThat(other.bytes()).isEqualTo(model.length);
            sealed.release();
            assertThat(other.bytes()).isZero();
            assertThat(other.directory()).isEmptyDirectory();
        } finally {
            Files.delete(own.resolve("data"));
            Files.delete(own.resolve("LOCK"));
            Files.delete(own);
        }
    }
}
