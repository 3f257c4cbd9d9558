package io.hfmount.agent.flush;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.flush.ModelPublication.File;
import io.hfmount.hub.FaultyBucketHub.Call;
import io.hfmount.xet.StorageException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Whatever is written, renamed and removed in whatever rhythm, and whatever fails on the way: once the faults are over
 * the Hub has exactly what the file system has, nobody waits any more, and the port's protocol was kept.
 */
class PublicationPropertiesTest {
    private enum Action {
        WRITE,
        REWRITE_SAME,
        RENAME,
        UNLINK,
        FSYNC,
        WAIT,
        FAIL_ADD,
        FAIL_FINISH,
        REFUSE_BATCH,
        LOSE_ANSWER,
        LOSE_REQUEST,
        FAIL_LOOK_UP,
        CHANGE_DURING_UPLOAD,
        RENAME_DURING_UPLOAD,
        UNLINK_BEFORE_COMMIT
    }

    private record Step(Action action, int file, int other, double seconds) {}

    @Provide
    Arbitrary<List<Step>> scripts() {
        Arbitrary<Step> step = Combinators.combine(
                        Arbitraries.of(Action.class),
                        Arbitraries.integers().between(0, 4),
                        Arbitraries.integers().between(0, 4),
                        Arbitraries.of(0.0, 0.3, 1.0, 2.0, 3.5, 31.0))
                .as(Step::new);
        return step.list().ofMinSize(1).ofMaxSize(40);
    }

    @Property(tries = 400)
    void hubEndsAsTheFileSystem(@ForAll("scripts") List<Step> script) {
        Run run = new Run();
        script.forEach(run::step);
        run.finish();
    }

    private static final class Run {
        private final FlushWorld world = new FlushWorld(FlushWorld.settings(2, 12));
        private final Map<String, File> byPath = new HashMap<>();
        private final List<Throwable> unexpected = new ArrayList<>();
        private int contents;

        private static String path(int n) {
            return "f" + n;
        }

        void step(Step step) {
            String path = path(step.file());
            File file = byPath.get(path);
            switch (step.action()) {
                case WRITE -> write(path, (step.other() == 0 ? "a large content " : "c") + contents++);
                case REWRITE_SAME -> {
                    if (file != null) {
                        write(path, file.content);
                    }
                }
                case RENAME -> rename(file, path(step.other()));
                case UNLINK -> unlink(file);
                case FSYNC -> {
                    if (file != null) {
                        world.pipeline.publish(file.ino).subscribe(o -> {}, unexpected::add);
                    }
                }
                case WAIT -> {}
                case FAIL_ADD -> {
                    if (file != null) {
                        StorageException.Kind[] kinds = StorageException.Kind.values();
                        world.store.failNextAdd(file.content, kinds[step.other() % kinds.length]);
                    }
                }
                case FAIL_FINISH ->
                    world.store.failNextFinish(
                            step.other() % 2 == 0 ? StorageException.Kind.UNAVAILABLE : StorageException.Kind.REJECTED);
                case REFUSE_BATCH ->
                    world.hub.refuseNext(Call.BATCH, new int[] {503, 400, 401, 507, 500}[step.other()]);
                case LOSE_ANSWER -> world.hub.loseNextAnswer(Call.BATCH);
                case LOSE_REQUEST -> world.hub.loseNextRequest(Call.BATCH);
                case FAIL_LOOK_UP -> world.hub.refuseNext(Call.PATHS_INFO, 503);
                case CHANGE_DURING_UPLOAD -> hook("read " + path, path, f -> write(f.path, "d" + contents++));
                case RENAME_DURING_UPLOAD -> hook("read " + path, path, f -> rename(f, path(step.other())));
                case UNLINK_BEFORE_COMMIT -> hook("beginCommit " + path, path, this::unlink);
            }
            world.pass(step.seconds());
        }

        private void hook(String call, String path, java.util.function.Consumer<File> action) {
            world.fs.hooks.put(call, () -> {
                File file = byPath.get(path);
                if (file != null) {
                    action.accept(file);
                }
            });
        }

        private void write(String path, String content) {
            File file = byPath.get(path);
            if (file == null) {
                file = world.fs.write(path, content);
                byPath.put(path, file);
            } else {
                world.fs.change(file, content);
            }
            world.pipeline.dirty(file.ino);
        }

        /** As rename(2): the target goes, the source is dirty afterwards. */
        private void rename(File file, String target) {
            if (file == null || file.path.equals(target)) {
                return;
            }
            File replaced = byPath.remove(target);
            if (replaced != null) {
                world.unlink(replaced);
            }
            byPath.remove(file.path);
            world.fs.rename(file, target);
            byPath.put(target, file);
            world.pipeline.dirty(file.ino);
        }

        private void unlink(File file) {
            if (file != null && file.linked) {
                byPath.remove(file.path);
                world.unlink(file);
            }
        }

        void finish() {
            world.fs.hooks.clear();
            world.pipeline.tokenChanged();
            for (int i = 0; i < 40; i++) {
                world.pass(31);
                world.pipeline.tokenChanged();
            }
            Map<String, Object> expected = new HashMap<>();
            byPath.forEach((path, file) -> expected.put(path, FakeStore.hash(file.content)));
            assertThat(world.remote()).isEqualTo(expected);
            assertThat(world.fs.dirtyFiles()).isEmpty();
            assertThat(world.fs.deletesQueued()).isZero();
            assertThat(unexpected).isEmpty();
            FlushStatus status = world.pipeline.status();
            assertThat(status.queueDepth()).isZero();
            assertThat(status.inFlight()).isZero();
            world.assertQuiet();
        }
    }
}
