package io.hfmount.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SourceTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "hf://gpt2 | MODEL | gpt2 | main | ''",
                "hf://gpt2/ | MODEL | gpt2 | main | ''",
                "hf://gpt2@v1 | MODEL | gpt2 | v1 | ''",
                "hf://gpt2@main/w/x | MODEL | gpt2 | main | w/x",
                "hf://gpt2/x | MODEL | gpt2/x | main | ''",
                "hf://ann/net | MODEL | ann/net | main | ''",
                "hf://ann/net/w/x@y | MODEL | ann/net | main | w/x@y",
                "hf://ann/net@dev/w/x@y// | MODEL | ann/net | dev | w/x@y",
                "hf://ann/net@a%2Fb%25/w | MODEL | ann/net | a/b% | w",
                "hf://ann/net@refs/pr/12 | MODEL | ann/net | refs/pr/12 | ''",
                "hf://ann/net@refs/pr/12/w | MODEL | ann/net | refs/pr/12 | w",
                "hf://ann/net@refs%2Fpr%2F12/w | MODEL | ann/net | refs/pr/12 | w",
                "hf://ann/net@refs%2fpr%2f12/w | MODEL | ann/net | refs/pr/12 | w",
                "hf://ann/net@r%C3%A9f | MODEL | ann/net | réf | ''",
                "hf://ann/net@a@b/c | MODEL | ann/net | a@b | c",
                "hf://datasets/squad | DATASET | squad | main | ''",
                "hf://datasets/ann/d@refs/convert/parquet/default/x | DATASET | ann/d | refs/convert/parquet | default/x",
                "hf://spaces/ann/s@0123456789012345678901234567890123456789 | SPACE | ann/s"
                        + " | 0123456789012345678901234567890123456789 | ''",
                "hf://ann/net/%2F%zz | MODEL | ann/net | main | %2F%zz",
            })
    void repo_isReadFromItsText(String text, RepoKind kind, String id, String revision, String prefix) {
        RepoSource expected = new RepoSource(kind, id, revision, prefix);
        assertThat(Source.parse(text)).isEqualTo(expected);
        assertThat(Source.parse(expected.toString())).isEqualTo(expected);
    }

    @Test
    void bucket_isReadFromItsText_andIsNoRepo() {
        assertThat(Source.parse("hf://buckets/ann/data/a@b/")).isEqualTo(new BucketSource("ann", "data", "a@b"));
        assertThatIllegalArgumentException().isThrownBy(() -> RepoSource.parse("hf://buckets/ann/data"));
        assertThatIllegalArgumentException().isThrownBy(() -> BucketSource.parse("hf://ann/data"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ann/net",
                "hf:/ann/net",
                "https://huggingface.co/ann/net",
                "hf://",
                "hf:///",
                "hf://buckets",
                "hf://buckets/",
                "hf://buckets/ann",
                "hf://buckets/ann/../x",
                "hf://buckets/ann/data//x",
                "hf://datasets",
                "hf://datasets/",
                "hf://models/ann/net",
                "hf://spaces/datasets/x",
                "hf://@main",
                "hf:///net",
                "hf://ann//x",
                "hf://-ann/net",
                "hf://ann/net.",
                "hf://ann/a--b",
                "hf://ann/a..b",
                "hf://ann/net.git",
                "hf://a n/net",
                "hf://ann/net@",
                "hf://ann/net@/x",
                "hf://ann/net@a%2",
                "hf://ann/net@a%zz",
                "hf://ann/net@%ff",
                "hf://ann/net@a%00",
                "hf://ann/net@a%20b",
                "hf://ann/net@a..b",
                "hf://ann/net@a%2F",
                "hf://ann/net@.a",
                "hf://ann/net@a.lock",
                "hf://ann/net@-a",
                "hf://ann/net@refs/heads/main",
                "hf://ann/net@refs/pr/x1",
                "hf://ann/net//x",
                "hf://ann/net/../x",
                "hf://ann/net@main//x",
                "hf://ann/net@main/./x",
            })
    void textThatIsNoSource_isRefusedWithASentence(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Source.parse(text))
                .satisfies(e -> assertThat(e.getMessage()).containsPattern("source|repo|owner"));
    }

    @Test
    void revision_hasABound_inBytes() {
        assertThat(Revision.isValid("é".repeat(127))).isTrue();
        assertThat(Revision.isValid("é".repeat(128))).isFalse();
        assertThat(Revision.isValid("a\ud800")).isFalse();
        assertThat(Revision.isCommit("0".repeat(40))).isTrue();
        assertThat(Revision.isCommit("A".repeat(40))).isFalse();
    }

    @Property(tries = 500)
    void text_ofAnySource_isReadAsTheSameSource(@ForAll("sources") Source source) {
        assertThat(Source.parse(source.toString())).isEqualTo(source);
    }

    @Property(tries = 500)
    void anyText_isRefusedOrReadAsASource_whoseTextMeansTheSame(@ForAll("texts") String text) {
        Source source;
        try {
            source = Source.parse(text);
        } catch (IllegalArgumentException e) {
            return;
        }
        assertThat(Source.parse(source.toString())).isEqualTo(source);
    }

    @Provide
    Arbitrary<Source> sources() {
        Arbitrary<String> name = Arbitraries.of("a", "gpt2", "Ann", "x_1", "a.b-c", "0", "_x");
        Arbitrary<String> id =
                Arbitraries.oneOf(name, Combinators.combine(name, name).as((owner, repo) -> owner + "/" + repo));
        Arbitrary<String> part =
                Arbitraries.strings().withChars("ab./@%2F é#?").ofMinLength(1).ofMaxLength(8);
        Arbitrary<String> prefix = Arbitraries.oneOf(
                Arbitraries.just(""), part.filter(RemotePath::isValid), Arbitraries.of("refs/pr/1", "@x", "a%2Fb/c"));
        Arbitrary<String> revision = Arbitraries.oneOf(
                Arbitraries.of("main", "refs/pr/1", "refs/convert/parquet", "refs/pr/1/x", "a/b", "refs/heads/x"),
                part.filter(Revision::isValid));
        Arbitrary<Source> repos = Combinators.combine(Arbitraries.of(RepoKind.class), id, revision, prefix)
                .as(RepoSource::new);
        Arbitrary<Source> buckets = Combinators.combine(
                        name.filter(n -> !n.startsWith("_")), name.filter(n -> !n.startsWith("_")), prefix)
                .as(BucketSource::new);
        return Arbitraries.oneOf(repos, buckets);
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.of("hf://", "hf:/", "hf://datasets/", "hf://spaces/", "hf://buckets/", "")
                .flatMap(start -> Arbitraries.strings()
                        .withChars("ab/@%2F.-_refsp1 ")
                        .ofMaxLength(24)
                        .map(rest -> start + rest));
    }

    @Property(tries = 200)
    void segment_decodesToTheRevision(@ForAll String text) {
        Assume.that(Revision.isValid(text));
        assertThat(Revision.decode(Revision.toSegment(text))).isEqualTo(text);
    }
}
