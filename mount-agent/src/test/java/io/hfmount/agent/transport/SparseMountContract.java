package io.hfmount.agent.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.FileClient;
import io.hfmount.agent.vfs.FileClient.Mode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The contract of edits through a real mount; then what needs a kernel: mapped memory and programs that copy. */
public abstract class SparseMountContract extends SparseFileContract implements MountTools {
    private final List<Process> children = new ArrayList<>();
    private Path mountPoint;
    private MountedTransport mount;

    /** The engine under test. */
    protected abstract Transport transport();

    @Override
    public List<Process> children() {
        return children;
    }

    @Override
    protected FileClient client() {
        return new MountedClient(mountPoint);
    }

    @Override
    protected void begin() throws Exception {
        Assumptions.assumeTrue(
                transport().unusableBecause().isEmpty(), () -> transport().unusableBecause());
        mountPoint = Files.createDirectory(temp.resolve("mnt"));
        mount = transport().mount(bucket.fileSystem(), new TransportOptions(mountPoint, "sparse", false, false, 64));
    }

    @Override
    protected void end() throws Exception {
        end(mount, mountPoint);
    }

    /** Ranges of a file that nobody read: within a page, over pages, the last page, all of it. */
    @ParameterizedTest
    @CsvSource({"100, 10", "4096, 4096", "150000, 70001", "299990, 10", "294912, 5088", "0, 300000"})
    void storesThroughASharedMapping_intoBytesThatNobodyRead_areSeenAndPublished(int from, int length)
            throws Exception {
        byte[] content = publish("file", 300_000);
        store("file", from, length, false);
        Arrays.fill(content, from, from + length, (byte) 'Z');
        isEverywhere("file", content);
    }

    private void store(String file, int from, int length, boolean msync) throws Exception {
        runClient(
                "mapped-store",
                mountPoint.resolve(file).toString(),
                Integer.toString(from),
                Integer.toString(length),
                msync ? "msync" : "");
    }

    /** msync is an fsync of the file. */
    @Test
    void msync_publishesWhatWasStored() throws Exception {
        byte[] content = publish("file", 300_000);
        store("file", 150_000, 10_000, true);
        Arrays.fill(content, 150_000, 160_000, (byte) 'Z');
        assertThat(bucket.isClean()).isTrue();
        isPublished("file", content);
    }

    /** The file ends within a page, and is grown so that the mapping covers what no block of the base had. */
    @Test
    void storesThroughASharedMapping_behindTheLastBlockOfTheBase_arePartOfTheGrownFile() throws Exception {
        byte[] content = Arrays.copyOf(publish("file", 100_001), 150_000);
        try (FileClient.File file = client().open("file", Mode.READ_WRITE)) {
            file.allocate(0, 0, 150_000);
        }
        store("file", 100_500, 20_000, false);
        Arrays.fill(content, 100_500, 120_500, (byte) 'Z');
        isEverywhere("file", content);
    }

    /** The rest of the last page can be stored to, and is nobody's. */
    @Test
    void storesThroughASharedMapping_behindTheEndWithinTheLastPage_areNotPartOfTheFile() throws Exception {
        byte[] content = publish("file", 100_001);
        runClient("mapped-tail", mountPoint.resolve("file").toString());
        content[100_000] = 'L';
        isEverywhere("file", content);
        try (FileClient.File file = client().open("file", Mode.READ_WRITE)) {
            file.allocate(0, 0, 100_100);
        }
        isEverywhere("file", Arrays.copyOf(content, 100_100));
    }

    @Test
    void storesThroughAMapping_areSeenByAReaderThatWasThereBefore() throws Exception {
        byte[] content = publish("file", 100_000);
        try (FileClient.File reader = client().open("file", Mode.READ)) {
            assertThat(reader.read(50_000, 10)).isEqualTo(Arrays.copyOfRange(content, 50_000, 50_010));
            store("file", 50_003, 4, false);
            Arrays.fill(content, 50_003, 50_007, (byte) 'Z');
            assertThat(reader.read(50_000, 10)).isEqualTo(Arrays.copyOfRange(content, 50_000, 50_010));
        }
        isEverywhere("file", content);
    }

    @ParameterizedTest
    @CsvSource({"--reflink=auto", "--sparse=always", "--no-preserve=all"})
    void cp_ofAPublishedFile_isEqual(String option) throws Exception {
        byte[] content = publish("file", 2 * MIB + 5);
        run(
                "cp",
                option,
                mountPoint.resolve("file").toString(),
                mountPoint.resolve("copy").toString());
        assertThat(bucket.fetches() == 0)
                .as("nothing was fetched")
                .isEqualTo(copiesByHash() && !option.equals("--sparse=always"));
        isEverywhere("copy", content);
        run(
                "cmp",
                mountPoint.resolve("file").toString(),
                mountPoint.resolve("copy").toString());
    }
}
