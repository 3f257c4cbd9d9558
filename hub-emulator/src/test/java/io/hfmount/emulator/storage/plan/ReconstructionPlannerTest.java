package io.hfmount.emulator.storage.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.emulator.storage.plan.ReconstructionPlan.Fetch;
import io.hfmount.emulator.storage.plan.ReconstructionPlan.Term;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.shard.Segment;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ReconstructionPlannerTest {
    @Property(tries = 400)
    void randomLayout_randomRange_yieldsExactlyThoseBytes(@ForAll long seed) throws IOException {
        Random random = new Random(seed);
        Layouts layouts = new Layouts(random);
        List<Segment> segments = layouts.segments(random, 1 + random.nextInt(12));
        byte[] file = layouts.content(segments);
        for (int i = 0; i < 10; i++) {
            int a = random.nextInt(file.length);
            int b = a + 1 + random.nextInt(file.length - a);
            ReconstructionPlan plan = new ReconstructionPlanner(layouts).plan(segments, new ByteRange(a, b));
            assertThat(layouts.read(plan, b - a)).isEqualTo(Arrays.copyOfRange(file, a, b));
            checkMinimal(plan, layouts, b - a);
        }
    }

    private static void checkMinimal(ReconstructionPlan plan, Layouts layouts, int length) {
        Term first = plan.terms().getFirst();
        Term last = plan.terms().getLast();
        assertThat(plan.offsetIntoFirstTerm()).isBetween(0L, layouts.of(first).length(first.chunkStart()) - 1L);
        long sum = plan.terms().stream().mapToLong(Term::unpackedLength).sum() - plan.offsetIntoFirstTerm();
        assertThat(sum - length)
                .as("bytes behind the range")
                .isBetween(0L, layouts.of(last).length(last.chunkEnd() - 1) - 1L);
        plan.fetches().forEach((xorb, fetches) -> {
            for (int i = 1; i < fetches.size(); i++) {
                assertThat(fetches.get(i).chunkStart())
                        .isGreaterThan(fetches.get(i - 1).chunkEnd());
            }
        });
    }

    @Test
    void emptyFile_hasNoTerms() throws IOException {
        ReconstructionPlan plan = new ReconstructionPlanner(x -> null).plan(List.of(), new ByteRange(0, 0));
        assertThat(plan.terms()).isEmpty();
        assertThat(plan.fetches()).isEmpty();
    }

    @Test
    void eachLayout_isReadOncePerAnswer() throws IOException {
        Random random = new Random(1);
        Layouts layouts = new Layouts(random);
        List<Segment> segments = layouts.segments(random, 200);
        Map<ContentHash, Integer> asked = new HashMap<>();
        long size = segments.stream().mapToLong(Segment::unpackedBytes).sum();
        new ReconstructionPlanner(x -> {
                    asked.merge(x, 1, Integer::sum);
                    return layouts.find(x);
                })
                .plan(segments, new ByteRange(0, size));
        assertThat(asked.values()).isNotEmpty().allMatch(n -> n == 1);
    }

    @Test
    void missingXorb_isADamagedDirectory() {
        Segment segment = new Segment(new ContentHash(1, 2, 3, 4), 10, 0, 1);
        assertThatThrownBy(() -> new ReconstructionPlanner(x -> null).plan(List.of(segment), new ByteRange(0, 10)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not stored");
    }

    /** Xorbs with random chunk lengths; stored records are 8 bytes longer than chunks. */
    private static final class Layouts implements XorbLayouts {
        private final Map<ContentHash, XorbLayout> layouts = new HashMap<>();
        private final Map<ContentHash, byte[]> contents = new HashMap<>();
        private final List<ContentHash> names = new ArrayList<>();

        Layouts(Random random) {
            for (int x = 0; x < 1 + random.nextInt(4); x++) {
                ContentHash name = new ContentHash(x, random.nextLong(), 0, 1);
                int n = 1 + random.nextInt(12);
                XorbLayout.Builder layout = XorbLayout.of(name, n);
                int end = 0;
                for (int i = 0; i < n; i++) {
                    end += 1 + random.nextInt(random.nextBoolean() ? 3 : 300);
                    layout.add(new ContentHash(x, i, 0, 0), end + 8 * (i + 1), end);
                }
                byte[] content = new byte[end];
                random.nextBytes(content);
                names.add(name);
                layouts.put(name, layout.build());
                contents.put(name, content);
            }
        }

        @Override
        public XorbLayout find(ContentHash xorb) {
            return layouts.get(xorb);
        }

        XorbLayout of(Term term) {
            return layouts.get(term.xorb());
        }

        List<Segment> segments(Random random, int count) {
            List<Segment> segments = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                XorbLayout layout = layouts.get(names.get(random.nextInt(names.size())));
                int start = random.nextInt(layout.count());
                int end = start + 1 + random.nextInt(layout.count() - start);
                segments.add(new Segment(layout.xorb(), layout.unpackedLength(start, end), start, end));
            }
            return segments;
        }

        byte[] content(List<Segment> segments) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (Segment s : segments) {
                XorbLayout layout = layouts.get(s.xorb());
                int from = layout.unpackedStart(s.chunkStart());
                out.write(contents.get(s.xorb()), from, layout.unpackedStart(s.chunkEnd()) - from);
            }
            return out.toByteArray();
        }

        /** What a client does with a plan: finds each term inside a fetch and cuts the ends. */
        byte[] read(ReconstructionPlan plan, int length) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (Term term : plan.terms()) {
                XorbLayout layout = layouts.get(term.xorb());
                Fetch fetch = plan.fetches().get(term.xorb()).stream()
                        .filter(f -> f.chunkStart() <= term.chunkStart() && term.chunkEnd() <= f.chunkEnd())
                        .findFirst()
                        .orElseThrow();
                assertThat(fetch.bytes().start())
                        .isEqualTo(layout.unpackedStart(fetch.chunkStart()) + 8L * fetch.chunkStart());
                assertThat(fetch.bytes().end())
                        .isEqualTo(layout.unpackedStart(fetch.chunkEnd()) + 8L * fetch.chunkEnd());
                int from = layout.unpackedStart(term.chunkStart());
                assertThat(term.unpackedLength()).isEqualTo(layout.unpackedStart(term.chunkEnd()) - from);
                out.write(contents.get(term.xorb()), from, (int) term.unpackedLength());
            }
            int offset = (int) plan.offsetIntoFirstTerm();
            return Arrays.copyOfRange(out.toByteArray(), offset, offset + length);
        }
    }
}
