package io.hfmount.xet.upload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ByteBudgetTest {
    @Test
    void waiters_areServedInOrder() {
        ByteBudget budget = new ByteBudget(10);
        CompletableFuture<Void> a = budget.acquire(8);
        CompletableFuture<Void> large = budget.acquire(5);
        CompletableFuture<Void> small = budget.acquire(1);
        assertThat(a).isDone();
        // The small one would fit, but would starve the large one for ever.
        assertThat(large).isNotDone();
        assertThat(small).isNotDone();

        budget.release(8);

        assertThat(large).isDone();
        assertThat(small).isDone();
        assertThat(budget.used()).isEqualTo(6);
        assertThat(budget.peak()).isEqualTo(8);
    }

    @Test
    void trying_takesWhatIsFree_butNeverOvertakesAWaiter() {
        ByteBudget budget = new ByteBudget(10);
        assertThat(budget.tryAcquire(6)).isTrue();
        assertThat(budget.tryAcquire(5)).isFalse();
        CompletableFuture<Void> waiting = budget.acquire(8);
        assertThat(budget.tryAcquire(1)).isFalse();
        budget.release(6);
        assertThat(waiting).isDone();
        assertThat(budget.tryAcquire(2)).isTrue();
        assertThat(budget.used()).isEqualTo(10);
        assertThat(budget.peak()).isEqualTo(10);
    }

    @Test
    void requestBeyondTheWhole_isGrantedAlone() {
        ByteBudget budget = new ByteBudget(10);
        CompletableFuture<Void> one = budget.acquire(1);
        CompletableFuture<Void> huge = budget.acquire(1000);
        assertThat(one).isDone();
        assertThat(huge).isNotDone();
        budget.release(1);
        assertThat(huge).isDone();
        budget.release(1000);
        assertThat(budget.used()).isZero();
    }

    @Test
    void grantThatAsksForMore_doesNotRecurseIntoALock() {
        ByteBudget budget = new ByteBudget(1);
        budget.acquire(1);
        CompletableFuture<Void> chained = budget.acquire(1).thenCompose(x -> {
            budget.release(1);
            return budget.acquire(1);
        });
        budget.release(1);
        assertThat(chained).isDone();
        assertThat(budget.used()).isEqualTo(1);
    }

    @Test
    void thousandsThatGiveBackAtOnce_doNotPileUpOnTheStack() {
        ByteBudget budget = new ByteBudget(1);
        budget.acquire(1);
        AtomicInteger granted = new AtomicInteger();
        for (int i = 0; i < 100_000; i++) {
            budget.acquire(1).thenRun(() -> {
                granted.incrementAndGet();
                budget.release(1);
            });
        }
        budget.release(1);
        assertThat(granted).hasValue(100_000);
        assertThat(budget.used()).isZero();
    }

    @Test
    void emptyBudget_isRefused() {
        assertThatThrownBy(() -> new ByteBudget(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Property(tries = 200)
    void anySequence_staysWithinAndServesAll(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        ByteBudget budget = new ByteBudget(100);
        Deque<Integer> amounts = new ArrayDeque<>();
        Deque<CompletableFuture<Void>> grants = new ArrayDeque<>();
        for (int i = 0; i < 100; i++) {
            if (random.nextBoolean()) {
                int amount = random.nextInt(150);
                amounts.add(amount);
                grants.add(budget.acquire(amount));
            } else if (!grants.isEmpty() && grants.getFirst().isDone()) {
                grants.removeFirst();
                budget.release(amounts.removeFirst());
            }
            assertThat(budget.used()).isBetween(0L, 100L);
        }
        while (!grants.isEmpty()) {
            assertThat(grants.removeFirst()).isDone();
            budget.release(amounts.removeFirst());
        }
        assertThat(budget.used()).isZero();
    }
}
