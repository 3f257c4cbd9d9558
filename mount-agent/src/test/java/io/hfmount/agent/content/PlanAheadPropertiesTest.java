package io.hfmount.agent.content;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.content.RunChecks.PlannedTerm;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.Reconstruction;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** What is known ahead is exactly what a plan for those bytes would give, or nothing. */
class PlanAheadPropertiesTest {
    private static final int CHUNK = 128 << 10;

    private final FakeStore store = new FakeStore();
    private long now = 1;

    private Reconstruction planOf(ContentHash file, ByteRange range) {
        return Objects.requireNonNull(store.reconstruct(file, range).block());
    }

    @Property(tries = 300)
    void whatIsKnown_coversItsRange_withWholeFetches(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<ContentHash> xorbs = new ArrayList<>();
        for (int i = random.nextInt(1, 8); i > 0; i--) {
            xorbs.add(store.addXorb(random, random.nextInt(1, 12), 5_000));
        }
        ContentHash file = store.addFileOf(random, xorbs, random.nextInt(1, 30));
        long size = store.content(file).length;
        int largest = random.nextInt(1, 60_000);
        PlanAhead plans = new PlanAhead(largest, () -> now);
        for (int i = random.nextInt(1, 4); i > 0; i--) {
            long start = random.nextLong(size);
            ByteRange range = new ByteRange(start, random.nextLong(start + 1, size + 1));
            Reconstruction plan = planOf(file, range);
            plans.add(plan, RunChecks.place(plan, size), size);
        }
        long position = random.nextLong(size);
        long block = random.nextLong(1, 30_000);
        long most = random.nextLong(block, 60_001);
        long end = plans.end(position, block, most);
        if (end == 0) {
            return;
        }
        assertThat(end).isGreaterThan(position).isLessThanOrEqualTo(position + most);
        PlanAhead.Known known = plans.known(position, end);
        if (known == null) {
            return;
        }
        assertThat(known.terms().getFirst().start()).isBetween(position - CHUNK, position);
        Set<Reconstruction.Fetch> fetches = new HashSet<>();
        long at = known.terms().getFirst().start();
        Set<ChunkKey> chunks = new HashSet<>();
        for (PlannedTerm term : known.terms()) {
            assertThat(term.start()).isEqualTo(at);
            assertThat(known.origin().terms()).contains(term.term());
            assertThat(known.origin().fetches()).contains(term.fetch());
            at = term.end();
            for (int chunk = term.term().chunkStart(); chunk < term.term().chunkEnd(); chunk++) {
                chunks.add(new ChunkKey(term.term().xorb(), chunk));
            }
            fetches.add(term.fetch());
        }
        assertThat(at).isEqualTo(end);
        assertThat(fetches.stream().mapToInt(f -> f.chunkEnd() - f.chunkStart()).sum())
                .as("no fetch holds chunks that are not wanted here")
                .isEqualTo(chunks.size());
        assertThat(end - known.terms().getFirst().start()).isLessThanOrEqualTo(most + CHUNK);
    }

    @Test
    void planInTooManyPieces_isNotKept_norAskedForAgain() {
        SplittableRandom random = new SplittableRandom(7);
        List<ContentHash> xorbs = new ArrayList<>();
        for (int i = 0; i <= PlanAhead.MOST_STRETCHES; i++) {
            xorbs.add(store.addXorb(random, 2, 5_000));
        }
        ContentHash file = store.addFileOf(random, xorbs, 20 * PlanAhead.MOST_STRETCHES);
        long size = store.content(file).length;
        PlanAhead plans = new PlanAhead(10_000, () -> now);
        ByteRange all = new ByteRange(0, size);
        assertThat(plans.wanted(0, size)).isEqualTo(all);

        Reconstruction plan = planOf(file, all);
        plans.add(plan, RunChecks.place(plan, size), size);

        assertThat(plans.wanted(0, size)).isNull();
        assertThat(plans.known(0, plan.terms().getFirst().unpackedLength())).isNull();
    }

    @Test
    void more_isAskedForBeforeWhatIsKnownEnds_fromWhereItEnds() {
        long xorb = 8L << 20;
        long size = 100 * xorb;
        PlanAhead plans = new PlanAhead(10 << 20, () -> now);
        ByteRange first = plans.wanted(xorb, size);
        assertThat(first).isEqualTo(new ByteRange(xorb, xorb + PlanAhead.REACH));

        plans.add(plan(first, xorb), RunChecks.place(plan(first, xorb), size), size);
        assertThat(plans.wanted(xorb, size)).isNull();
        long end = xorb + PlanAhead.REACH - xorb; // the last range may be cut, so it is left out
        assertThat(plans.wanted(end - PlanAhead.LEAST, size)).isNull();
        assertThat(plans.wanted(end - PlanAhead.LEAST + 1, size)).isEqualTo(new ByteRange(end, end + PlanAhead.REACH));

        now += PlanAhead.LIFETIME_MILLIS + 1;
        assertThat(plans.wanted(2 * xorb, size)).isEqualTo(new ByteRange(2 * xorb, 2 * xorb + PlanAhead.REACH));
    }

    /** One xorb, one term, one fetch for each piece of {@code length} bytes. */
    private static Reconstruction plan(ByteRange range, long length) {
        List<Reconstruction.Term> terms = new ArrayList<>();
        List<Reconstruction.Fetch> fetches = new ArrayList<>();
        for (long at = range.start(); at < range.end(); at += length) {
            ContentHash hash = new ContentHash(at + 1, 2, 3, 4);
            terms.add(new Reconstruction.Term(hash, 0, 100, length));
            fetches.add(new Reconstruction.Fetch(hash, 0, 100, "http://x/", new ByteRange(0, length)));
        }
        return new Reconstruction(new ContentHash(9, 9, 9, 9), range, 0, terms, fetches);
    }
}
