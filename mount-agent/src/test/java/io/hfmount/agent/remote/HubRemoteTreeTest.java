package io.hfmount.agent.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.hub.FaultyBucketHub;
import io.hfmount.hub.FaultyBucketHub.Call;
import io.hfmount.hub.MemoryBucketHub;
import io.hfmount.model.ContentHash;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

@Timeout(30)
class HubRemoteTreeTest {
    private final MemoryBucketHub bucket = new MemoryBucketHub("ann/data");
    private final FaultyBucketHub hub = new FaultyBucketHub(bucket);
    private final HubRemoteTree tree = new HubRemoteTree(hub);

    @Test
    void answers_areGivenAsTheyAre() throws FsException {
        bucket.putRemotely("d/a", ContentHash.ONES, 3, Instant.EPOCH);
        assertThat(tree.head("d/a").size()).isEqualTo(3);
        assertThat(tree.head("nothing")).isNull();
        assertThat(tree.list("", false)).hasSize(1);
        assertThat(tree.list("nowhere", false)).isEmpty();
        assertThat(tree.pathsInfo(List.of("d/a", "b"))).containsOnlyKeys("d/a");
        assertThat(tree.pathsInfo(List.of())).isEmpty();
        assertThat(hub.calls(Call.PATHS_INFO)).isEqualTo(1);
    }

    @Test
    void passingTrouble_isEagain_H48() {
        hub.refuseNext(Call.HEAD, 429);
        assertErrno(Errno.EAGAIN, () -> tree.head("a"));
        hub.refuseNext(Call.LIST, 0);
        assertErrno(Errno.EAGAIN, () -> tree.list("", false));
        hub.refuseNext(Call.PATHS_INFO, 403);
        assertErrno(Errno.EACCES, () -> tree.pathsInfo(List.of("a")));
    }

    @Test
    void answerThatNeverComes_isEagainAndCancelled() {
        CountDownLatch cancelled = new CountDownLatch(1);
        hub.holdNext(Call.HEAD, Mono.<Void>never().doOnCancel(cancelled::countDown));
        HubRemoteTree impatient = new HubRemoteTree(hub, Duration.ofMillis(20), Duration.ofMillis(20));
        assertErrno(Errno.EAGAIN, () -> impatient.head("a"));
        assertThat(cancelled.getCount()).isZero();
    }

    @Test
    void interruptedCaller_getsEintrAndKeepsItsFlag() throws Exception {
        CountDownLatch waiting = new CountDownLatch(1);
        hub.holdNext(Call.HEAD, Mono.<Void>never().doOnSubscribe(s -> waiting.countDown()));
        CompletableFuture<Errno> errno = new CompletableFuture<>();
        CompletableFuture<Boolean> flag = new CompletableFuture<>();
        Thread caller = Thread.ofVirtual().start(() -> {
            try {
                tree.head("a");
                errno.complete(null);
            } catch (FsException e) {
                errno.complete(e.errno());
            }
            flag.complete(Thread.currentThread().isInterrupted());
        });
        waiting.await();
        caller.interrupt();
        assertThat(errno.get()).isEqualTo(Errno.EINTR);
        assertThat(flag.get()).isTrue();
    }

    private static void assertErrno(Errno errno, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
