package io.hfmount.agent.fs;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.hfmount.agent.vfs.FileKind;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class DirtySetTest {
    private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
    private static final int FILES = 6;

    /** A table on a clock that tests move. */
    private static final class World {
        Instant now = START;
        final InodeTable table = new InodeTable(
                new FsSettings(false, 0, 0, Duration.ZERO, Duration.ZERO, false, false, 1L << 40),
                () -> now,
                FsObserver.NONE);
        final InodePublication publication = new InodePublication(table, new MemoryHub());

        Inode newFile(String name) {
            return table.insert(table.root(), name, FileKind.FILE);
        }

        void apply(Step step, Inode file) {
            now = now.plusMillis(step.kind == Kind.CLOCK_BACK ? -step.amount : step.amount);
            switch (step.kind) {
                case GROW, CLOCK_BACK -> {
                    file.size += step.amount;
                    table.markDirty(file, now);
                }
                case CLEAN -> table.markClean(file);
                case REDATE -> table.redate(file, now);
                case UNLINK -> {
                    if (file.isLinked()) {
                        table.unlink(file);
                    }
                }
            }
        }

        void makeDirty(int files) {
            table.writing(() -> {
                int first = table.count();
                for (int i = 0; i < files; i++) {
                    Inode file = newFile("g" + (first + i));
                    file.size = 3;
                    table.markDirty(file, now);
                }
                return 0;
            });
        }

        /** As a scrape does, whose gauges each ask. */
        long allocatedByAskingOften() {
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 11; i++) {
                publication.dirtyTotals();
            }
            return threads.getCurrentThreadAllocatedBytes() - before;
        }
    }

    /** What one step does to one of a few files. */
    private enum Kind {
        GROW,
        CLEAN,
        REDATE,
        UNLINK,
        CLOCK_BACK
    }

    private record Step(Kind kind, int file, int amount) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        return Combinators.combine(
                        Arbitraries.of(Kind.class),
                        Arbitraries.integers().between(0, FILES - 1),
                        Arbitraries.integers().between(0, 100))
                .as(Step::new)
                .list()
                .ofMaxSize(60);
    }

    @Property(tries = 200)
    void totals_areTheSumsOverTheFiles(@ForAll("steps") List<Step> steps) {
        World world = new World();
        List<Inode> files = new ArrayList<>();
        world.table.writing(() -> {
            for (int i = 0; i < FILES; i++) {
                files.add(world.newFile("f" + i));
            }
            return 0;
        });
        for (Step step : steps) {
            world.table.writing(() -> {
                world.apply(step, files.get(step.file));
                return 0;
            });
            List<Inode> dirty = files.stream()
                    .filter(file -> file.isDirty() && file.isLinked())
                    .toList();
            assertThat(world.publication.dirtyTotals())
                    .isEqualTo(new DirtyTotals(
                            dirty.size(),
                            dirty.stream().mapToLong(file -> file.size).sum(),
                            dirty.stream()
                                    .mapToLong(file -> file.dirtyGeneration)
                                    .sum(),
                            dirty.stream()
                                    .map(file -> file.dirtySince)
                                    .min(Instant::compareTo)
                                    .orElse(null)));
            assertThat(world.publication.dirtyFiles()).hasSize(dirty.size());
        }
        world.table.reading(world.table::checkInvariants);
    }

    @Test
    void status_ofManyDirtyFiles_costsNoMoreThanOfFew() {
        World world = new World();
        world.makeDirty(10);
        long few = world.allocatedByAskingOften();
        world.makeDirty(100_000);
        long many = world.allocatedByAskingOften();

        assertThat(world.publication.dirtyTotals().files()).isEqualTo(100_010);
        assertThat(world.publication.dirtyTotals().bytes()).isEqualTo(3L * 100_010);
        // A copy of the list would be megabytes for each asking.
        assertThat(many).isLessThan(few + 64 * 1024);
    }
}
