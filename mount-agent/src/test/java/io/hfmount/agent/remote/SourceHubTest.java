package io.hfmount.agent.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.hub.BatchOperation.AddFile;
import io.hfmount.hub.BatchOperation.DeleteFile;
import io.hfmount.hub.FaultyBucketHub;
import io.hfmount.hub.HubEntry;
import io.hfmount.hub.MemoryBucketHub;
import io.hfmount.model.ContentHash;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SourceHubTest {
    private static final ContentHash HASH = new ContentHash(1, 2, 3, 4);

    private final MemoryBucketHub bucket = new MemoryBucketHub("ann/data");
    private final FaultyBucketHub faulty = new FaultyBucketHub(bucket);
    private final SourceHub source = new SourceHub(faulty, "models/a");

    @BeforeEach
    void fill() {
        for (String path : List.of("models/a/x", "models/a/d/y", "models/ab/z", "models/a.txt", "top")) {
            bucket.putRemotely(path, HASH, 3, Instant.EPOCH);
        }
    }

    @Test
    void listing_isRelativeAndStaysInside_H45() {
        assertThat(source.list("", false).map(HubEntry::path).collectList().block())
                .containsExactlyInAnyOrder("x", "d");
        assertThat(source.list("d", false).map(HubEntry::path).collectList().block())
                .containsExactly("d/y");
        assertThat(source.list("", true).map(HubEntry::path).collectList().block())
                .containsExactlyInAnyOrder("x", "d/y");
    }

    @Test
    void fileAnswers_areRelative() {
        assertThat(source.head("d/y").block().path()).isEqualTo("d/y");
        assertThat(source.head("top").block()).isNull();
        assertThat(source.pathsInfo(List.of("x", "top", "d")).block())
                .containsOnlyKeys("x")
                .extractingByKey("x")
                .extracting(file -> file.path())
                .isEqualTo("x");
    }

    @Test
    void batches_landBelowThePrefix_andFailuresComeBackRelative() {
        faulty.refuseNextOperations(Map.of("models/a/bad", "no"));
        assertThat(source.batch(List.of(
                                new AddFile("new", HASH, Instant.EPOCH),
                                new AddFile("bad", HASH, Instant.EPOCH),
                                new DeleteFile("x")))
                        .block()
                        .failures())
                .containsExactly(Map.entry("bad", "no"));
        assertThat(bucket.files()).containsKey("models/a/new").doesNotContainKeys("models/a/x", "models/a/bad");
    }

    @Test
    void emptyPrefix_isTheWholeBucket() {
        SourceHub whole = new SourceHub(bucket, "");
        assertThat(whole.list("", false).map(HubEntry::path).collectList().block())
                .containsExactlyInAnyOrder("models", "top");
        assertThat(whole.head("top").block().path()).isEqualTo("top");
    }

    @Test
    void prefixThatLeavesTheBucket_isRefused() {
        assertThatThrownBy(() -> new SourceHub(bucket, "a/../b")).isInstanceOf(IllegalArgumentException.class);
    }
}
