package io.hfmount.agent.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.agent.vfs.FsException;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.ChunkRun;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What lies in a cache directory that no cache put there, and who may touch it when. */
@Timeout(20)
class CacheDirectoryTest {
    private static final ContentHash HASH = ContentHash.parse("ab".repeat(32));

    @TempDir
    private Path temporary;

    private Path directory() {
        return temporary.resolve("cache");
    }

    /** A directory of somebody else's, with files that look like ours. */
    private Path foreign() throws IOException {
        Path foreign = Files.createDirectory(temporary.resolve("foreign"));
        Files.writeString(foreign.resolve("letter"), "not ours");
        Files.writeString(foreign.resolve("1"), "not ours");
        Files.writeString(foreign.resolve("ab-notes"), "not ours");
        Files.writeString(foreign.resolve(HASH.text()), "not ours");
        return foreign;
    }

    private static void assertUntouched(Path foreign) {
        assertThat(foreign.toFile().list()).containsExactlyInAnyOrder("letter", "1", "ab-notes", HASH.text());
    }

    private static final class NoStorage implements WholeFileCache.Storage {
        @Override
        public OpenContent open(ContentHash hash, long size) {
            throw new AssertionError("nothing is read");
        }

        @Override
        public void download(ContentHash hash, long size, DownloadTarget target) throws FsException {
            throw new AssertionError("nothing is read");
        }
    }

    private WholeFileCache wholeFiles(long limit) throws IOException {
        return WholeFileCache.open(directory(), limit, new NoStorage(), ContentObserver.NONE);
    }

    @Test
    void leftoversBehindALink_areNobodysToDelete() throws Exception {
        Path foreign = foreign();
        Files.createDirectory(directory());
        Files.createSymbolicLink(directory().resolve("unfinished"), foreign);
        assertThatThrownBy(() -> wholeFiles(1).close())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("unfinished");
        assertUntouched(foreign);
        Files.delete(directory().resolve("unfinished"));
        wholeFiles(1).close();
    }

    @Test
    void filesBehindALink_areNobodysToDelete() throws Exception {
        Path foreign = foreign();
        Files.createDirectory(directory());
        Files.createSymbolicLink(directory().resolve("ab"), foreign);
        wholeFiles(1).close();
        ChunkCache.discard(directory());
        try (DiskChunkCache cache = DiskChunkCache.open(new DiskCacheFiles(directory()), 1, 1, ContentObserver.NONE)) {
            cache.scanned().join();
            cache.drain();
            assertThat(cache.bytes()).isZero();
        }
        assertUntouched(foreign);
    }

    @Test
    void fileInALinkedDirectory_isNotWrittenThere() throws Exception {
        Path foreign = foreign();
        Files.createDirectory(directory());
        Files.createSymbolicLink(directory().resolve("ab"), foreign);
        try (DiskCacheFiles files = new DiskCacheFiles(directory())) {
            assertThatThrownBy(() -> files.write(HASH.text(), List.of(ByteBuffer.allocate(10)), true))
                    .isInstanceOf(IOException.class);
        }
        assertThat(foreign.resolve(HASH.text())).hasContent("not ours");
    }

    @Test
    void filesWithNamesThatNoCacheGives_stopNoCache() throws Exception {
        Path shard = Files.createDirectories(directory().resolve("ab"));
        Files.write(shard.resolve("x"), new byte[10]);
        Files.write(shard.resolve("cd-elsewhere"), new byte[10]);
        wholeFiles(1).close();
        ChunkCache.discard(directory());
        byte[] data = new byte[100];
        try (DiskChunkCache cache =
                DiskChunkCache.open(new DiskCacheFiles(directory()), 1_000, 1_000, ContentObserver.NONE)) {
            cache.offer(new ChunkRun(HASH, 0, data, new int[] {100}), () -> {});
            cache.drain();
        }
        Files.write(shard.resolve("x"), new byte[10]);
        try (DiskChunkCache cache =
                DiskChunkCache.open(new DiskCacheFiles(directory()), 1_000, 1_000, ContentObserver.NONE)) {
            cache.drain();
            assertThat(cache.length(HASH, 0)).as("what is sound is found").isEqualTo(100);
            assertThat(cache.bytes()).isPositive();
        }
    }

    @Test
    void cacheThatCannotBeListed_givesItsDirectoryBack() throws Exception {
        Path inTheWay = directory().resolve("unfinished/1");
        Files.createDirectories(inTheWay.resolve("full"));
        assertThatThrownBy(() -> PlainBlockCache.open(directory(), 1_000, bytes -> {}))
                .isInstanceOf(IOException.class);
        Files.delete(inTheWay.resolve("full"));
        Files.delete(inTheWay);
        PlainBlockCache.open(directory(), 1_000, bytes -> {}).close();
    }

    /** Its directory may be another's by then. */
    @Test
    void closedCache_writesNothing() throws Exception {
        PlainBlockCache cache = PlainBlockCache.open(directory(), 1_000, bytes -> {});
        cache.close();
        cache.write(new PlainBlock(HASH, 0, 100), ByteBuffer.allocate(100));
        try (Stream<Path> all = Files.walk(directory())) {
            assertThat(all.filter(Files::isRegularFile)
                            .map(file -> file.getFileName().toString()))
                    .containsExactly("lock");
        }
    }

    /** Whoever comes late with a draft from before must not move another's into its place. */
    @Test
    void drafts_haveNamesOfTheirOwn_alsoAfterARestart() throws Exception {
        List<String> names = new ArrayList<>();
        for (int start = 0; start < 2; start++) {
            try (DiskCacheFiles files = new DiskCacheFiles(directory());
                    DiskCacheFiles.Draft draft = files.draft();
                    Stream<Path> drafts = Files.list(directory().resolve("unfinished"))) {
                draft.write(ByteBuffer.allocate(1));
                drafts.forEach(file -> names.add(file.getFileName().toString()));
            }
        }
        assertThat(names).hasSize(2).doesNotHaveDuplicates();
    }
}
