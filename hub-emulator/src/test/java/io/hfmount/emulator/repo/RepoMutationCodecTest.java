package io.hfmount.emulator.repo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.model.ContentHash;
import io.hfmount.model.RepoKind;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class RepoMutationCodecTest {
    @Property(tries = 300)
    void everyMutation_roundTrips(@ForAll("mutations") RepoMutation mutation) throws IOException {
        assertThat(RepoMutationCodec.decode(RepoMutationCodec.encode(mutation))).isEqualTo(mutation);
    }

    @Property(tries = 300)
    void cutOrExtendedRecord_isRefused(@ForAll("mutations") RepoMutation mutation, @ForAll int at) {
        byte[] record = RepoMutationCodec.encode(mutation);
        byte[] cut = Arrays.copyOf(record, Math.floorMod(at, record.length));
        assertThatThrownBy(() -> RepoMutationCodec.decode(cut)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> RepoMutationCodec.decode(Arrays.copyOf(record, record.length + 1)))
                .isInstanceOf(IOException.class);
    }

    @Property(tries = 500)
    void garbage_neverEscapesAsAnythingButIOException(@ForAll byte[] garbage) {
        try {
            RepoMutationCodec.decode(garbage);
        } catch (IOException expected) {
            assertThat(expected).hasMessageNotContaining("null");
        }
    }

    @Test
    void recordsOnDisk_stayReadable() throws IOException {
        RepoMutation commit = new RepoMutation.Commit(
                new RepoId(RepoKind.DATASET, "ann/data"),
                "main",
                "c1",
                "c0",
                "ä",
                List.of(
                        new RepoChange.Put("a", new RepoContent.Plain("oid", 5)),
                        new RepoChange.Put(
                                "b",
                                new RepoContent.Stored(new ContentHash(1, 2, 3, 4), new ContentHash(5, 6, 7, 8), 9)),
                        new RepoChange.Remove("c")),
                1000);
        RepoMutation create = new RepoMutation.Create(new RepoId(RepoKind.MODEL, "ann/net"), true, Gating.MANUAL, -1);
        assertThat(HexFormat.of().formatHex(RepoMutationCodec.encode(commit))).isEqualTo(COMMIT);
        assertThat(HexFormat.of().formatHex(RepoMutationCodec.encode(create))).isEqualTo(CREATE);
        assertThat(RepoMutationCodec.decode(HexFormat.of().parseHex(COMMIT))).isEqualTo(commit);
        assertThat(RepoMutationCodec.decode(HexFormat.of().parseHex(CREATE))).isEqualTo(create);
    }

    private static final String COMMIT =
            "0400000000000003e8000000076461746173657400000008616e6e2f64617461000000046d61696e"
                    + "0000000263310100000002633000000002c3a400000003010000000161000000036f696400000000"
                    + "00000005020000000162010000000000000002000000000000000300000000000000040000000000"
                    + "00000500000000000000060000000000000007000000000000000800000000000000000000000000"
                    + "0009030000000163";
    private static final String CREATE =
            "01ffffffffffffffff000000056d6f64656c00000007616e6e2f6e657401000000064d414e55414c";

    @Provide
    Arbitrary<RepoMutation> mutations() {
        Arbitrary<RepoId> repo = Combinators.combine(
                        Arbitraries.of(RepoKind.class),
                        Arbitraries.strings().alpha().ofMinLength(1).ofMaxLength(5))
                .as((kind, name) -> new RepoId(kind, "ann/" + name));
        Arbitrary<Long> at = Arbitraries.longs();
        Arbitrary<String> text = Arbitraries.of("a", "ä/ö", "\uD83C\uDF89", "x".repeat(500), "");
        Arbitrary<Boolean> flag = Arbitraries.of(true, false);
        Arbitrary<Gating> gating = Arbitraries.of(Gating.class);
        Arbitrary<RepoChange> plain = Combinators.combine(text, text, at)
                .as((path, oid, size) -> new RepoChange.Put(path, new RepoContent.Plain(oid, size)));
        Arbitrary<RepoChange> stored = Combinators.combine(text, at, at)
                .as((path, h, size) -> new RepoChange.Put(
                        path,
                        new RepoContent.Stored(new ContentHash(h, 1, h, -1), new ContentHash(-h, 2, 3, h), size)));
        Arbitrary<RepoChange> remove = text.map(RepoChange.Remove::new);
        Arbitrary<List<RepoChange>> changes =
                Arbitraries.oneOf(plain, stored, remove).list().ofMaxSize(5);
        return Arbitraries.oneOf(
                Combinators.combine(repo, flag, gating, at).as(RepoMutation.Create::new),
                Combinators.combine(repo, at).as(RepoMutation.Delete::new),
                Combinators.combine(repo, flag, gating, at).as(RepoMutation.Set::new),
                Combinators.combine(repo, text, text, text.injectNull(0.3), text, changes, at)
                        .as(RepoMutation.Commit::new),
                Combinators.combine(repo, text, text.injectNull(0.3), at).as(RepoMutation.Point::new));
    }
}
