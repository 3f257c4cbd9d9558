package io.hfmount.emulator.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ContentHash;
import io.hfmount.model.PathOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class TreeQueryTest {
    @Property(tries = 2000)
    void pages_showWhatTheContractSays(
            @ForAll("keys") Set<String> keys,
            @ForAll("prefixes") String prefix,
            @ForAll boolean recursive,
            @ForAll @IntRange(min = 1, max = 4) int limit) {
        NavigableMap<String, BucketFile> files = new TreeMap<>(PathOrder.INSTANCE);
        long uploadedAt = 0;
        for (String key : keys) {
            files.put(key, new BucketFile(key, ContentHash.ZERO, 0, null, null, uploadedAt++));
        }
        List<TreeEntry> seen = new ArrayList<>();
        TreePosition after = null;
        do {
            TreePage page = new TreeQuery(prefix, recursive, after, limit).run(files);
            assertThat(page.entries()).hasSizeLessThanOrEqualTo(limit);
            seen.addAll(page.entries());
            after = page.next();
            assertThat(after == null || !page.entries().isEmpty()).isTrue();
        } while (after != null);
        assertThat(seen).isEqualTo(expected(files, prefix, recursive));
    }

    /** The rules of hub-api §2.5 word by word, over all keys. */
    private static List<TreeEntry> expected(NavigableMap<String, BucketFile> files, String prefix, boolean recursive) {
        List<TreeEntry> entries = new ArrayList<>();
        for (BucketFile file : files.values()) {
            String key = file.path();
            if (!key.startsWith(prefix)) {
                continue;
            }
            String rest = key.substring(prefix.length());
            boolean belowSlash = !prefix.isEmpty() && !prefix.endsWith("/") && rest.startsWith("/");
            int slash = belowSlash ? rest.substring(1).indexOf('/') + 1 : rest.indexOf('/');
            if (recursive || slash < (belowSlash ? 1 : 0)) {
                entries.add(new TreeEntry.File(file));
            } else {
                String directory = prefix + rest.substring(0, slash);
                long newest = files.values().stream()
                        .filter(other -> other.path().startsWith(directory + "/"))
                        .mapToLong(BucketFile::uploadedAt)
                        .max()
                        .orElseThrow();
                TreeEntry entry = new TreeEntry.Directory(directory, newest);
                if (!entries.contains(entry)) {
                    entries.add(entry);
                }
            }
        }
        return entries;
    }

    @Property(tries = 1000)
    void order_isThatOfUtf8Bytes(@ForAll("texts") String a, @ForAll("texts") String b) {
        int bytes = Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
        assertThat(Integer.signum(PathOrder.INSTANCE.compare(a, b))).isEqualTo(Integer.signum(bytes));
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.of("a", "/", "\u007f", "é", "\uFFFD", "\uE000", "\uD83C\uDF89", "\uD800\uDC00")
                .list()
                .ofMaxSize(4)
                .map(parts -> String.join("", parts));
    }

    @Provide
    Arbitrary<Set<String>> keys() {
        return Arbitraries.of("a", "b", "a.", "a0", "é", "\uD83C\uDF89")
                .list()
                .ofMinSize(1)
                .ofMaxSize(4)
                .map(segments -> String.join("/", segments))
                .set()
                .ofMaxSize(12);
    }

    @Provide
    Arbitrary<String> prefixes() {
        return Arbitraries.of("", "a", "a/", "a/b", "b/a/", "a.", "é", "/", "a/a/a", "none");
    }
}
