package io.hfmount.agent.transport.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class NotifierTest {
    private final RecordingChannel channel = new RecordingChannel();
    private final CountDownLatch gate = new CountDownLatch(1);
    private final CountDownLatch entered = new CountDownLatch(1);
    private final Notifier notifier = new Notifier(channel, 3, "notifier under test");

    @AfterEach
    void stop() {
        gate.countDown();
        notifier.stop();
    }

    @Test
    void notifications_haveUniqueZeroAndTheCodeAsError() throws Exception {
        notifier.start();
        notifier.invalidatePages(0x0102);
        notifier.invalidateAttributes(3);
        notifier.invalidateEntry(1, "ab");

        List<RecordingChannel.Message> sent = channel.awaitMessages(3);
        assertThat(sent).extracting(RecordingChannel.Message::unique).containsOnly(0L);
        assertThat(sent).extracting(RecordingChannel.Message::error).containsExactly(2, 2, 3);
        assertThat(sent)
                .extracting(m -> HexFormat.of().formatHex(m.payload()))
                .containsExactly(
                        "0201000000000000" + "0000000000000000" + "0000000000000000",
                        "0300000000000000" + "ffffffffffffffff" + "0000000000000000",
                        "0100000000000000" + "02000000" + "00000000" + "616200");
    }

    @Test
    void equalNotificationsThatWait_areSentOnce_andBeyondTheLimitDropped() throws Exception {
        for (long ino : new long[] {7, 7, 7, 8, 9, 10}) {
            notifier.invalidatePages(ino);
        }
        notifier.start();
        assertThat(channel.awaitMessages(3)).hasSize(3);
        notifier.disarm(1_000);
        assertThat(channel.messages()).hasSize(3);
    }

    @Test
    void disarmed_sendsNothing_untilArmedAgain() throws Exception {
        notifier.start();
        notifier.disarm(1_000);
        notifier.invalidatePages(1);
        notifier.arm();
        notifier.invalidatePages(2);
        assertThat(channel.awaitMessages(1))
                .singleElement()
                .satisfies(m -> assertThat(m.payload()[0]).isEqualTo((byte) 2));
    }

    @Test
    void callers_areNeverHeldUp_byAKernelThatBlocks() throws Exception {
        ReplyChannel blocked = new ReplyChannel() {
            @Override
            public long write(MemorySegment callState, MemorySegment message, long length) {
                entered.countDown();
                try {
                    gate.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return length;
            }

            @Override
            public void retain() {}

            @Override
            public void release() {}
        };
        Notifier stuck = new Notifier(blocked, 10, "stuck notifier");
        stuck.start();
        stuck.invalidatePages(1);
        assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
        stuck.invalidatePages(2);
        stuck.disarm(10);
        stuck.stop();
    }

    @Test
    void nameThatIsTooLong_isNotSent() throws Exception {
        notifier.start();
        notifier.invalidateEntry(1, "n".repeat(256));
        notifier.invalidateEntry(1, "n".repeat(255));
        assertThat(channel.awaitMessages(1))
                .singleElement()
                .satisfies(m -> assertThat(m.payload()).hasSize(16 + 256));
    }
}
