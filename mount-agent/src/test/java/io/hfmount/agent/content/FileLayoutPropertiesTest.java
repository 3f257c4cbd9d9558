package io.hfmount.agent.content;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ContentHash;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** A layout against a plain array that tells for each byte which chunk was learnt last. */
class FileLayoutPropertiesTest {
    private record Owner(ContentHash xorb, int chunk, long chunkStart, int length) {}

    @Property(tries = 500)
    void lookUp_givesTheChunkLearntLast_orNothing(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        FileLayout layout = new FileLayout();
        Owner[] model = new Owner[2_000];
        for (int step = 0; step < 40; step++) {
            int start = random.nextInt(1_500);
            int[] ends = new int[random.nextInt(1, 8)];
            int end = 0;
            for (int i = 0; i < ends.length; i++) {
                end += random.nextInt(1, 60);
                ends[i] = end;
            }
            LayoutSpan span = new LayoutSpan(start, new ContentHash(step, 0, 0, 1), random.nextInt(100), ends);
            layout.learn(span);
            layout.checkInvariants();
            for (int i = 0; i < span.count(); i++) {
                Owner owner = new Owner(span.xorb(), span.chunkStart() + i, span.startOf(i), span.lengthOf(i));
                forgetOverlapped(model, (int) span.startOf(i), (int) span.endOf(i));
                for (long at = span.startOf(i); at < span.endOf(i); at++) {
                    model[(int) at] = owner;
                }
            }
        }
        for (int at = 0; at < model.length; at++) {
            LayoutSpan found = layout.find(at);
            Owner owner = model[at];
            if (owner == null) {
                assertThat(found).as("byte " + at).isNull();
            } else {
                assertThat(found).as("byte " + at).isNotNull();
                int index = found.indexAt(at);
                assertThat(new Owner(
                                found.xorb(), found.chunkStart() + index, found.startOf(index), found.lengthOf(index)))
                        .isEqualTo(owner);
            }
        }
        layout.clear();
        assertThat(layout.footprint()).isZero();
    }

    /** A chunk that is overlapped in part is not known any more as a whole. */
    private static void forgetOverlapped(Owner[] model, int start, int end) {
        for (int at : new int[] {start, end - 1}) {
            Owner old = model[at];
            if (old != null) {
                for (long i = old.chunkStart(); i < old.chunkStart() + old.length(); i++) {
                    if (old.equals(model[(int) i])) {
                        model[(int) i] = null;
                    }
                }
            }
        }
    }
}
