package io.hfmount.emulator.bucket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.model.ContentHash;
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

class MutationCodecTest {
    @Property(tries = 300)
    void everyMutation_roundTrips(@ForAll("mutations") Mutation mutation) throws IOException {
        assertThat(MutationCodec.decode(MutationCodec.encode(mutation))).isEqualTo(mutation);
    }

    @Property(tries = 300)
    void cutOrExtendedRecord_isRefused(@ForAll("mutations") Mutation mutation, @ForAll int at) {
        byte[] record = MutationCodec.encode(mutation);
        byte[] cut = Arrays.copyOf(record, Math.floorMod(at, record.length));
        assertThatThrownBy(() -> MutationCodec.decode(cut)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> MutationCodec.decode(Arrays.copyOf(record, record.length + 1)))
                .isInstanceOf(IOException.class);
    }

    @Property(tries = 500)
    void garbage_neverEscapesAsAnythingButIOException(@ForAll byte[] garbage) {
        try {
            MutationCodec.decode(garbage);
        } catch (IOException expected) {
            assertThat(expected).hasMessageNotContaining("null");
        }
    }

    @Test
    void recordsOnDisk_stayReadable() throws IOException {
        Mutation apply = new Mutation.Apply(
                "ann/ä",
                List.of(
                        new FileChange.Put(new BucketFile("a", new ContentHash(1, 2, 3, 4), 5, null, "text/plain", 6)),
                        new FileChange.Put(new BucketFile("b", new ContentHash(-1, -2, -3, -4), 7, 8L, null, 9)),
                        new FileChange.Remove("c")),
                1000);
        Mutation create = new Mutation.Create("ann/net", true, "eu", -1);
        assertThat(HexFormat.of().formatHex(MutationCodec.encode(apply))).isEqualTo(APPLY);
        assertThat(HexFormat.of().formatHex(MutationCodec.encode(create))).isEqualTo(CREATE);
        assertThat(MutationCodec.decode(HexFormat.of().parseHex(APPLY))).isEqualTo(apply);
        assertThat(MutationCodec.decode(HexFormat.of().parseHex(CREATE))).isEqualTo(create);
    }

    private static final String APPLY =
            "0500000000000003e800000006616e6e2fc3a4000000030100000001610100000000000000020000"
                    + "00000000000300000000000000040000000000000000000000000000050000000000000006000100"
                    + "00000a746578742f706c61696e010000000162fffffffffffffffffefffffffffffffffdffffffff"
                    + "fffffffcffffffffffffff0000000000000007000000000000000901000000000000000800020000"
                    + "000163";
    private static final String CREATE = "01ffffffffffffffff00000007616e6e2f6e657401000000026575";

    @Provide
    Arbitrary<Mutation> mutations() {
        Arbitrary<String> id =
                Arbitraries.strings().alpha().ofMinLength(1).ofMaxLength(5).map(name -> "ann/" + name);
        Arbitrary<Long> at = Arbitraries.longs();
        Arbitrary<String> path = Arbitraries.of("a", "ä/ö", "\uD83C\uDF89", "x".repeat(500), "");
        Arbitrary<FileChange> put = Combinators.combine(
                        path,
                        Arbitraries.longs(),
                        Arbitraries.longs().greaterOrEqual(0),
                        Arbitraries.longs().injectNull(0.3),
                        path.injectNull(0.3),
                        Arbitraries.longs())
                .as((p, h, size, mtime, type, uploaded) -> new FileChange.Put(
                        new BucketFile(p, new ContentHash(h, 1, h, -1), size, mtime, type, uploaded)));
        Arbitrary<FileChange> remove = path.map(FileChange.Remove::new);
        Arbitrary<List<FileChange>> changes =
                Arbitraries.oneOf(put, remove).list().ofMaxSize(5);
        return Arbitraries.oneOf(
                Combinators.combine(id, Arbitraries.of(true, false), path, at).as(Mutation.Create::new),
                Combinators.combine(id, at).as(Mutation.Delete::new),
                Combinators.combine(id, id, at).as(Mutation.Move::new),
                Combinators.combine(id, Arbitraries.of(true, false), at).as(Mutation.SetPrivate::new),
                Combinators.combine(id, changes, at).as(Mutation.Apply::new),
                at.map(Mutation.Clock::new));
    }
}
