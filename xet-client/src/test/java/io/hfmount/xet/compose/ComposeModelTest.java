package io.hfmount.xet.compose;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ByteRange;
import io.hfmount.xet.LocalBase;
import io.hfmount.xet.UploadedContent;
import io.hfmount.xet.compose.Composing.Change;
import io.hfmount.xet.vectors.VectorInput;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** Files edited again and again are what a fresh upload of the same bytes is, whatever is known, lost or damaged. */
class ComposeModelTest {
    private static final int ROUNDS = 20;

    /** What the client remembers between rounds. */
    enum Memory {
        NOTHING,
        EVERYTHING,
        FROM_DISK,
        DAMAGED,
        SOMETIMES
    }

    @Property(tries = 10, shrinking = ShrinkingMode.OFF)
    void composeOnComposed(@ForAll long seed, @ForAll boolean aligned, @ForAll Memory memory) throws IOException {
        Random random = new Random(seed);
        Path folder = Files.createTempDirectory("compose-model");
        try (Composing composing = new Composing()) {
            composing.storage.withAlignedWindows(aligned);
            if (random.nextInt(5) == 0) {
                composing.storage.withoutVerificationInWindows();
            }
            if (memory != Memory.NOTHING) {
                composing.restart(folder);
            }
            byte[] content = content(random, 1_500_000);
            UploadedContent file = composing.upload(content);
            for (int round = 0; round < ROUNDS; round++) {
                remember(composing, folder, memory, random);
                List<Change> changes = changes(random, content);
                LocalBase local = random.nextBoolean()
                        ? LocalBase.none()
                        : Composing.local(
                                content,
                                range(random, content.length),
                                random.nextBoolean() ? Long.MAX_VALUE : random.nextInt(content.length + 1));
                file = composing.compose(file, changes, local);
                content = Composing.apply(content, changes);
                composing.assertIs(file, content);
                if (memory == Memory.EVERYTHING) {
                    assertThat(composing.store.knows(file.hash(), file.size()))
                            .as("what was registered is known")
                            .isTrue();
                }
            }
            if (memory == Memory.EVERYTHING) {
                assertThat(composing.storage.windowQueries()).isZero();
            }
        } finally {
            delete(folder);
        }
    }

    private static void remember(Composing composing, Path folder, Memory memory, Random random) throws IOException {
        switch (memory) {
            case NOTHING, EVERYTHING -> {}
            case FROM_DISK -> composing.restart(folder);
            case DAMAGED -> {
                composing.restart(null);
                damage(folder, random);
                composing.restart(folder);
            }
            case SOMETIMES -> composing.restart(random.nextBoolean() ? folder : null);
        }
    }

    private static void damage(Path folder, Random random) throws IOException {
        try (Stream<Path> logs = Files.list(folder)) {
            for (Path log : logs.sorted().toList()) {
                try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "rw")) {
                    for (int i = 0; i < 3 && file.length() > 0; i++) {
                        file.seek(random.nextLong(file.length()));
                        file.write(random.nextInt());
                    }
                }
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static ByteRange range(Random random, int size) {
        int a = random.nextInt(size + 1);
        int b = random.nextInt(size + 1);
        return new ByteRange(Math.min(a, b), Math.max(a, b));
    }

    /** Random bytes, text, zeros and repetitions. */
    private static byte[] content(Random random, int length) {
        byte[] content = new byte[length];
        for (int at = 0; at < length; ) {
            int count = Math.min(length - at, 1 + random.nextInt(600_000));
            byte[] piece = switch (random.nextInt(5)) {
                case 0 -> new byte[count];
                case 1 -> VectorInput.text(random.nextLong(), count);
                case 2 -> repeated(random, count);
                default -> VectorInput.random(random.nextLong(), count);
            };
            System.arraycopy(piece, 0, content, at, count);
            at += count;
        }
        return content;
    }

    private static byte[] repeated(Random random, int count) {
        byte[] block = VectorInput.random(random.nextLong(), 1 + random.nextInt(100_000));
        byte[] result = new byte[count];
        for (int i = 0; i < count; i++) {
            result[i] = block[i % block.length];
        }
        return result;
    }

    private static List<Change> changes(Random random, byte[] content) {
        int size = content.length;
        List<Change> changes = new ArrayList<>();
        int from = 0;
        for (int i = random.nextInt(5); i >= 0 && from <= size; i--) {
            int start = from + random.nextInt(size - from + 1);
            int end = switch (random.nextInt(6)) {
                case 0, 1 -> start;
                case 2 -> start + random.nextInt(Math.min(size - start, 400_000) + 1);
                case 3 -> random.nextInt(4) == 0 ? size : start + random.nextInt(Math.min(size - start, 9) + 1);
                default -> start + random.nextInt(Math.min(size - start, 10_000) + 1);
            };
            changes.add(new Change(start, end, data(random, content, end - start)));
            from = end;
        }
        if (random.nextInt(3) == 0) {
            changes.add(new Change(size, size, data(random, content, random.nextInt(50_000))));
        }
        if (size > 3_000_000) {
            // Keeps the model quick.
            changes.removeIf(change -> change.start() >= 1_000_000);
            changes.add(new Change(1_000_000, size, new byte[0]));
            changes.removeIf(change -> change.start() < 1_000_000 && change.end() > 1_000_000);
        }
        return changes;
    }

    private static byte[] data(Random random, byte[] content, int replaced) {
        return switch (random.nextInt(7)) {
            case 0 -> new byte[0];
            case 1 -> VectorInput.random(random.nextLong(), replaced);
            case 2 -> content(random, 1 + random.nextInt(300_000));
            case 3 -> {
                // A piece of the file itself: moved or doubled content.
                ByteRange range = range(random, content.length);
                yield java.util.Arrays.copyOfRange(
                        content, (int) range.start(), (int) Math.min(range.end(), range.start() + 300_000));
            }
            default -> VectorInput.random(random.nextLong(), 1 + random.nextInt(5_000));
        };
    }
}
