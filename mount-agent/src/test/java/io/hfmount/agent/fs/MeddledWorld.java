package io.hfmount.agent.fs;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.FsException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A file system, the Hub it stands on, and a plain tree that both should equal, driven by deeds in the middle of which
 * others happen.
 */
final class MeddledWorld implements AutoCloseable {
    /**
     * Something that happens in the middle of something else.
     *
     * @param skip moments to let pass first; each call of the Hub has two
     */
    record Meddling(int skip, ModelAction action, int a, int b) {}

    /** An action and what happens in the middle of it. */
    record Step(ModelAction action, int a, int b, List<Meddling> meddling) {}

    final List<String> log = Collections.synchronizedList(new ArrayList<>());
    private final FsHarness fs;
    private final MeddledHub hub;
    private final ModelledDeeds deeds;
    private final ExecutorService others = Executors.newCachedThreadPool();

    // Guarded by this.
    private final Deque<Meddling> plan = new ArrayDeque<>();
    private final List<Future<?>> meddling = new ArrayList<>();
    private boolean meddles;
    private int passed;

    MeddledWorld(FsSettings settings) throws FsException {
        MeddledHub[] made = new MeddledHub[1];
        fs = new FsHarness(settings, memory -> made[0] = new MeddledHub(memory));
        hub = made[0];
        fs.flush.onLane = true;
        deeds = new ModelledDeeds(fs, hub, log::add);
        deeds.begin();
        hub.meddler = this::at;
    }

    /** Runs a step to the end of all that happened in it. */
    void run(Step step) throws Exception {
        log.add(step.toString());
        synchronized (this) {
            plan.clear();
            plan.addAll(step.meddling());
            passed = 0;
        }
        try {
            deeds.perform(step.action(), step.a(), step.b());
        } finally {
            List<Future<?>> left;
            synchronized (this) {
                plan.clear();
                left = List.copyOf(meddling);
                meddling.clear();
            }
            for (Future<?> one : left) {
                one.get(20, TimeUnit.SECONDS);
            }
        }
        fs.fs.checkInvariants();
    }

    /** A moment in the middle of a call: whoever is due acts, until done or in need of the lane. */
    private void at(String call, boolean after) {
        Meddling due;
        Future<?> action;
        synchronized (this) {
            due = meddles ? null : plan.peek();
            if (due == null || passed++ < due.skip()) {
                return;
            }
            plan.remove();
            passed = 0;
            meddles = true;
            deeds.lag();
            log.add((after ? "  after " : "  before ") + call + ": " + due);
            action = others.submit(() -> {
                deeds.perform(due.action(), due.a(), due.b());
                return null;
            });
            meddling.add(action);
        }
        awaitDoneOrStuck(action);
        synchronized (this) {
            meddles = false;
        }
    }

    private void awaitDoneOrStuck(Future<?> action) {
        for (int i = 0; i < 20 && !hub.laneIsWaitedFor(); i++) {
            try {
                action.get(1, TimeUnit.MILLISECONDS);
                return;
            } catch (TimeoutException | ExecutionException e) {
                if (action.isDone()) {
                    return; // the step's end tells
                }
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** Nothing happens any more: all is published and seen, and equals the tree. */
    void settle() throws FsException {
        log.add("settle");
        hub.fault(null);
        for (int i = 0; i < 5 && !isPublished(); i++) {
            fs.flush.flushAll();
        }
        assertThat(isPublished()).as("all is published").isTrue();
        Map<String, byte[]> remote = new TreeMap<>();
        fs.hub.files.keySet().forEach(path -> remote.put(path, fs.hub.bytes(path)));
        compare("the Hub", remote);
        fs.advance(Duration.ofMinutes(10));
        deeds.poll();
        deeds.caughtUp();
        compare("the mount", fs.tree());
    }

    private boolean isPublished() {
        return fs.flush.publication.dirtyFiles().isEmpty() && fs.flush.publication.deletesQueued() == 0;
    }

    private void compare(String what, Map<String, byte[]> actual) {
        Map<String, byte[]> expected = deeds.files();
        assertThat(actual.keySet()).as(what).isEqualTo(expected.keySet());
        expected.forEach((path, bytes) ->
                assertThat(actual.get(path)).as("'%s' on %s", path, what).isEqualTo(bytes));
    }

    /** Closes what is open, then {@link #settle}. */
    void finish() throws FsException {
        deeds.closeAll();
        settle();
    }

    @Override
    public void close() {
        others.shutdownNow();
        fs.close();
    }
}
