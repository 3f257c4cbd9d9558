package io.hfmount.agent.content;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.content.ReadMemory.Owner;
import io.hfmount.agent.content.ReadMemory.Reservation;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.ChunkRun;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ReadMemoryTest {
    private final ReadMemory memory = new ReadMemory(1_000, 400);

    private static ChunkRun run(int chunk, int length) {
        return new ChunkRun(ContentHash.ONES, chunk, new byte[length], new int[] {length});
    }

    private static ChunkKey key(int chunk) {
        return new ChunkKey(ContentHash.ONES, chunk);
    }

    private void keep(int chunk, int length) {
        Reservation room = memory.force(length);
        memory.keep(run(chunk, length), room);
        room.release();
    }

    @Test
    void demandBeyondTheLimit_waitsForRoom_inOrder() {
        Reservation first = memory.reserve(900).join();
        CompletableFuture<Reservation> second = memory.reserve(600);
        CompletableFuture<Reservation> third = memory.reserve(50);
        assertThat(second).isNotDone();
        assertThat(third).as("does not overtake").isNotDone();

        first.release();

        assertThat(second).isCompleted();
        assertThat(third).isCompleted();
        second.join().release();
        third.join().release();
        assertThat(memory.used()).isZero();
    }

    @Test
    void cancelledDemand_takesNothing_andLetsTheNextThrough() {
        Reservation first = memory.reserve(900).join();
        CompletableFuture<Reservation> second = memory.reserve(900);
        CompletableFuture<Reservation> third = memory.reserve(100);
        second.cancel(false);
        first.release();
        assertThat(third).isCompleted();
        third.join().release();
        assertThat(memory.used()).isZero();
    }

    @Test
    void demandLargerThanEverything_getsItAlone() {
        Reservation first = memory.reserve(10).join();
        CompletableFuture<Reservation> huge = memory.reserve(5_000);
        assertThat(huge).isNotDone();
        first.release();
        assertThat(huge).isCompleted();
        huge.join().release();
        assertThat(memory.used()).isZero();
    }

    @Test
    void servedRuns_stayWithinTheirPart_leastRecentlyUsedGoFirst() {
        keep(1, 150);
        keep(2, 150);
        assertThat(memory.find(key(1))).isNotNull();
        keep(3, 150);
        assertThat(memory.find(key(2))).isNull();
        assertThat(memory.find(key(1))).isNotNull();
        assertThat(memory.used()).isEqualTo(300);
        memory.clear();
        assertThat(memory.used()).isZero();
    }

    @Test
    void runsAhead_takeThreeQuarters_sharedEvenly_andGoWhenADemandNeedsThem() {
        Owner one = new Owner();
        Owner two = new Owner();
        memory.join(one);
        Reservation big = memory.tryReserveAhead(700, one);
        assertThat(big).isNotNull();
        assertThat(memory.tryReserveAhead(100, one)).isNull();
        memory.keep(run(1, 700), big);
        big.release();

        memory.join(two);
        assertThat(memory.share()).isEqualTo(375);
        Reservation fair = memory.tryReserveAhead(375, two);
        assertThat(fair).as("the other one held more than its share").isNotNull();
        assertThat(memory.find(key(1))).isNull();
        memory.keep(run(2, 375), fair);
        fair.release();

        Reservation demand = memory.reserve(900).join();
        assertThat(memory.find(key(2))).isNull();
        demand.release();
        memory.leave(one);
        memory.leave(two);
        assertThat(memory.used()).isZero();
    }

    @Test
    void replacedRun_isFreed() {
        keep(1, 100);
        keep(1, 120);
        assertThat(memory.used()).isEqualTo(120);
    }

    @Test
    void closedMemory_keepsNothing() {
        memory.close();
        keep(1, 100);
        assertThat(memory.used()).isZero();
    }
}
