package io.hfmount.agent.flush;

import static io.hfmount.agent.flush.FakeStore.hash;
import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.flush.ModelPublication.File;
import io.hfmount.hub.FaultyBucketHub.Call;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.UploadedContent;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** mount-semantics §3.5, §3.8: what one file's failure means for others, and for itself. */
class FailureIsolationTest {
    private FlushWorld world = new FlushWorld();

    @AfterEach
    void quiet() {
        world.assertQuiet();
    }

    @Test
    void failedUpload_concernsItsFileAlone_H08b() {
        File a = world.save("a", "one");
        File b = world.save("b", "two");
        world.store.failNextAdd("one", StorageException.Kind.CORRUPT);
        world.pass(2);
        assertThat(a.isDirty()).isTrue();
        assertThat(b.isDirty()).isFalse();
        assertThat(a.errors).extracting(e -> e.errno().name()).containsExactly("EIO");
        assertThat(b.errors).isEmpty();
    }

    @Test
    void poisonousFile_isIsolatedSoThatTheOthersGetThrough_H08b() {
        File bad = world.save("bad", "poison");
        File good = world.save("good", "one");
        world.store.poison = "poison";
        world.pass(2 + 1);
        assertThat(good.isDirty()).isFalse();
        assertThat(bad.isDirty()).isTrue();
        world.store.poison = null;
        world.pass(2);
        assertThat(bad.isDirty()).isFalse();
    }

    @Test
    void badOperationThatSpoilsAWholeBatch_isFoundByHalving_H08b() {
        for (int i = 0; i < 4; i++) {
            world.save("f" + i, "content " + i);
        }
        world.hub.refuseNext(Call.BATCH, 400); // all four
        world.hub.refuseNext(Call.BATCH, 400); // the first two
        world.hub.refuseNext(Call.BATCH, 400); // the first
        world.pass(2);
        assertThat(world.fs.dirtyFiles()).extracting(f -> f.path()).containsExactly("f0");
        assertThat(world.batches()).containsExactly(List.of("+f1"), List.of("+f2", "+f3"));
    }

    @Test
    void passingHubFault_isRepeatedInTheSameTurn() {
        File a = world.save("a", "one");
        world.hub.refuseNext(Call.BATCH, 503);
        world.pass(2 + 0.7);
        assertThat(a.isDirty()).isFalse();
        assertThat(a.errors).isEmpty();
    }

    @Test
    void sessionThatFailsPassingly_isRepeatedOverTheSameSeals() {
        File a = world.save("a", "one");
        world.store.failNextFinish(StorageException.Kind.UNAVAILABLE);
        world.pass(2 + 0.7);
        assertThat(world.store.sessions).hasSize(2);
        assertThat(world.fs.seals).isEqualTo(1);
        assertThat(world.store.sessions.getFirst().aborted).isTrue();
        assertThat(a.isDirty()).isFalse();
        assertThat(a.errors).isEmpty();
    }

    @Test
    void sessionThatKeepsFailing_commitsNothing() {
        File a = world.save("a", "one");
        for (int i = 0; i < 3; i++) {
            world.store.failNextFinish(StorageException.Kind.UNAVAILABLE);
        }
        world.pass(2 + 1.9); // two repeats, after about 0.5 and 1 s
        assertThat(world.hub.calls(Call.BATCH)).isZero();
        assertThat(a.errors).hasSize(1);
        world.pass(2);
        assertThat(a.isDirty()).isFalse();
    }

    @Test
    void hungUpload_endsAfterAMinuteAndDoesNotStopOthers_H65() {
        File hung = world.save("hung", "hung");
        world.store.nextAdd("hung", add -> Mono.<UploadedContent>never());
        world.pass(2);
        world.save("later", "later");
        world.pass(2);
        assertThat(world.remote()).as("others go on").containsOnlyKeys("later");
        world.pass(57.9);
        assertThat(hung.errors).isEmpty();
        world.pass(0.1);
        assertThat(hung.errors).extracting(e -> e.errno().name()).containsExactly("EIO");
        world.pass(1);
        assertThat(hung.isDirty()).isFalse();
    }

    @Test
    void uploadTimeOut_growsWithTheSize_H65() {
        FlushSettings settings = FlushSettings.DEFAULTS;
        assertThat(settings.timeoutOf(0)).hasSeconds(60);
        assertThat(settings.timeoutOf(60L * 256 * 1024)).hasSeconds(60);
        assertThat(settings.timeoutOf(100L * 256 * 1024)).hasSeconds(100);
    }

    @Test
    void hungRegistration_endsAndIsTriedAgain_H65() {
        File a = world.save("a", "one");
        world.store.nextFinish(finish -> Mono.never());
        world.pass(2 + 60);
        assertThat(a.errors).hasSize(1);
        world.pass(1);
        assertThat(a.isDirty()).isFalse();
    }

    @Test
    void largeFiles_neverHoldBackSmallOnes_H65() {
        world = new FlushWorld(FlushWorld.settings(2, 10));
        for (int i = 0; i < 4; i++) {
            String content = "a large file " + i;
            world.store.nextAdd(content, add -> Mono.<UploadedContent>never());
            world.save("large" + i, content);
        }
        world.save("small", "small");
        world.pass(2);
        assertThat(world.remote()).containsOnlyKeys("small");
        assertThat(world.pipeline.status().inFlight()).as("one large at a time").isEqualTo(1);
        world.save("small2", "small2");
        world.pass(2);
        assertThat(world.remote()).containsOnlyKeys("small", "small2");
        world.pass(600);
        assertThat(world.remote()).hasSize(6);
    }

    @Test
    void largeFile_hasASessionOfItsOwn() {
        world = new FlushWorld(FlushWorld.settings(4, 10));
        world.save("large", "a large file");
        world.save("s1", "one");
        world.save("s2", "two");
        world.pass(2);
        assertThat(world.store.sessions)
                .extracting(session -> session.contents)
                .containsExactlyInAnyOrder(List.of("a large file"), List.of("one", "two"));
    }

    @Test
    void brokenSeal_isSealedAgainAtOnceWithoutAnError() {
        File a = world.fs.write("a", "BREAK");
        world.pipeline.dirty(a.ino);
        // the truncation that breaks the first seal is over when the file is sealed again
        world.fs.hooks.put("seal a", () -> world.fs.hooks.put("seal a", () -> a.content = "short"));
        world.pass(2);
        assertThat(world.fs.seals).isEqualTo(2);
        assertThat(world.remote()).containsExactly(Map.entry("a", hash("short")));
        assertThat(a.errors).isEmpty();
    }

    @Test
    void sealThatBreaksWhenTheSessionReadsOnceMore_makesAllComeAgainWithoutAnError() {
        File a = world.save("a", "one");
        File b = world.save("b", "two");
        world.store.nextFinish(finish -> {
            world.fs.change(a, "BREAK");
            return Mono.defer(() -> {
                world.store.readAgain();
                return finish;
            });
        });
        world.pass(2);
        assertThat(world.remote()).isEmpty();
        assertThat(a.errors).isEmpty();
        assertThat(b.errors).isEmpty();
        assertThat(a.isDirty()).isTrue();
        assertThat(b.isDirty()).isTrue();

        world.fs.change(a, "done");
        world.pipeline.dirty(a.ino);
        world.pass(3);
        assertThat(world.remote()).containsExactly(Map.entry("a", hash("done")), Map.entry("b", hash("two")));
    }

    @Test
    void sealThatBreaksAgainAndAgain_waitsWithoutAnError() {
        File a = world.fs.write("a", "BREAK");
        world.pipeline.dirty(a.ino);
        world.pass(2);
        assertThat(world.fs.seals).isEqualTo(3);
        assertThat(a.errors).isEmpty();
        assertThat(a.isDirty()).isTrue();
        a.content = "done";
        world.pass(1);
        assertThat(a.isDirty()).isFalse();
    }

    @Test
    void changeDuringTheUpload_leavesTheFileDirtyForAnotherFlush_H06_H88() {
        File a = world.save("a", "one");
        world.fs.hooks.put("read a", () -> {
            world.fs.change(a, "two");
            world.pipeline.dirty(a.ino);
        });
        world.pass(2);
        assertThat(world.remote()).as("the sealed bytes").containsExactly(Map.entry("a", hash("one")));
        assertThat(a.isDirty()).isTrue();
        assertThat(a.errors).isEmpty();
        world.pass(2);
        assertThat(world.remote()).containsExactly(Map.entry("a", hash("two")));
        assertThat(a.isDirty()).isFalse();
    }

    @Test
    void vanishedStaging_isTerminal_H29() {
        File a = world.save("a", "one");
        a.lost = true;
        world.pass(2);
        assertThat(a.isDirty()).isFalse();
        assertThat(world.fs.log).as("recorded by seal itself").doesNotContain("failed a");
        world.pass(600);
        assertThat(world.fs.log.stream().filter("seal a"::equals)).hasSize(1);
    }

    @Test
    void refusedToken_pausesUntilItChanges() {
        world.save("a", "one");
        world.hub.refuseNext(Call.BATCH, 401);
        world.pass(2);
        assertThat(world.pipeline.status().paused()).isTrue();
        world.save("b", "two");
        world.pass(20);
        assertThat(world.remote()).isEmpty();
        world.pipeline.tokenChanged();
        world.pass(0);
        assertThat(world.remote()).containsOnlyKeys("a", "b");
        assertThat(world.pauses).containsExactly(true, false);
    }

    @Test
    void refusedToken_isTriedEvery30Seconds() {
        File a = world.save("a", "one");
        world.store.failNextAdd("one", StorageException.Kind.UNAUTHORIZED);
        world.store.failNextAdd("one", StorageException.Kind.UNAUTHORIZED);
        world.pass(2);
        assertThat(a.errors).extracting(e -> e.errno().name()).containsExactly("EACCES");
        world.pass(29.9);
        assertThat(world.store.sessions).hasSize(1);
        world.pass(0.1);
        assertThat(world.store.sessions).hasSize(2);
        world.pass(30);
        assertThat(a.isDirty()).isFalse();
        assertThat(world.pipeline.status().paused()).isFalse();
    }

    @Test
    void fullQuotaAtTheHub_isEnospcAndRetried() {
        File a = world.save("a", "one");
        world.hub.refuseNext(Call.BATCH, 507);
        world.pass(2);
        assertThat(a.errors).extracting(e -> e.errno().name()).containsExactly("ENOSPC");
        assertThat(world.fs.log).contains("refused a", "cannotSucceed a");
        world.pass(1);
        assertThat(a.isDirty()).isFalse();
    }

    @Test
    void refusalThatNamesTheQuota_isEdquot() {
        File a = world.save("a", "one");
        world.hub.refuseNextOperations(Map.of("a", "Storage quota exceeded"));
        world.pass(2);
        assertThat(a.errors).extracting(e -> e.errno().name()).containsExactly("EDQUOT");
        assertThat(world.fs.log).contains("cannotSucceed a");
    }

    @Test
    void closing_givesUpUploadsAndKeepsFilesDirty() {
        File a = world.save("a", "one");
        world.store.nextAdd("one", add -> Mono.<UploadedContent>never());
        world.pass(2);
        world.pipeline.close();
        assertThat(a.isDirty()).isTrue();
        assertThat(a.errors).isEmpty();
        assertThat(world.store.sessions.getFirst().aborted).isTrue();
        world.pipeline.dirty(a.ino);
        world.pass(600);
        assertThat(world.store.sessions).hasSize(1);
    }
}
