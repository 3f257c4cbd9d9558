package io.hfmount.xet.cas;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.merkle.Node;
import io.hfmount.xet.merkle.Subtree;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.exc.ValueInstantiationException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads the windows answer (xet-protocol §5.2, §13.3). What lacks a member is refused where it is met: an answer of
 * nothing but {@code {}} would take forty times its length as objects. Thread-safe.
 */
final class FileWindowsJson {
    /** With its deserialisers made ahead, for making one takes a lock that decoding threads must not wait for. */
    private static final ObjectReader JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build()
            .readerFor(Answer.class);

    /** More than the tree of any file has: each level has at most half the nodes of the one below. */
    private static final int MAX_LEVELS = 64;

    private FileWindowsJson() {}

    private record Answer(
            @Nullable Long fileSize,
            @Nullable List<@Nullable WindowJson> windows,
            @Nullable List<@Nullable SubtreeJson> hashRanges,
            @Nullable List<@Nullable String> gapVerification) {}

    private record WindowJson(@Nullable List<@Nullable Long> dirtyByteRange) {
        @SuppressWarnings("UnusedMethod") // called by Jackson
        WindowJson {
            given(dirtyByteRange, "dirtyByteRange");
        }
    }

    private record SubtreeJson(
            @Nullable List<@Nullable NodeJson> nodes,
            @Nullable List<@Nullable List<@Nullable Integer>> levels,
            @JsonProperty("at_start") @Nullable Boolean atStart,
            @JsonProperty("at_end") @Nullable Boolean atEnd) {
        @SuppressWarnings("UnusedMethod") // called by Jackson
        SubtreeJson {
            given(nodes, "nodes");
            int height = given(levels, "levels").size();
            if (height > MAX_LEVELS) {
                throw new IllegalArgumentException("a tree of " + height + " levels");
            }
            given(atStart, "at_start");
            given(atEnd, "at_end");
        }
    }

    private record NodeJson(@Nullable String hash, @Nullable Long size) {
        @SuppressWarnings("UnusedMethod") // called by Jackson
        NodeJson {
            given(hash, "hash");
            given(size, "size");
        }
    }

    /**
     * Reads an answer.
     *
     * @throws AttemptException of kind {@code CORRUPT}: transient if it is no JSON of that form, final if what it says
     *     contradicts itself
     */
    static FileWindows parse(ContentHash file, byte[] json) {
        Answer answer;
        try {
            answer = JSON.readValue(json);
        } catch (ValueInstantiationException e) {
            throw wrong(
                    file,
                    e.getCause() == null
                            ? "a value"
                            : String.valueOf(e.getCause().getMessage()));
        } catch (JacksonException e) {
            throw AttemptException.transientFailure(
                    StorageException.Kind.CORRUPT, "the windows of " + file + " are not readable", null);
        }
        try {
            return build(given(answer, "the answer"));
        } catch (IllegalArgumentException e) {
            throw wrong(file, String.valueOf(e.getMessage()));
        }
    }

    private static AttemptException wrong(ContentHash file, String why) {
        return AttemptException.finalFailure(
                StorageException.Kind.CORRUPT, "the windows of " + file + " are wrong: " + why, null);
    }

    private static FileWindows build(Answer answer) {
        List<ByteRange> windows = new ArrayList<>();
        for (WindowJson window : given(answer.windows, "windows")) {
            List<@Nullable Long> range = given(given(window, "window").dirtyByteRange, "dirtyByteRange");
            if (range.size() != 2) {
                throw new IllegalArgumentException("a window has two ends, not " + range.size());
            }
            windows.add(new ByteRange(given(range.get(0), "start"), given(range.get(1), "end")));
        }
        List<Optional<Subtree>> gaps = new ArrayList<>();
        for (SubtreeJson gap : given(answer.hashRanges, "hashRanges")) {
            gaps.add(gap == null ? Optional.empty() : Optional.of(subtree(gap)));
        }
        List<ContentHash> verification = new ArrayList<>();
        if (answer.gapVerification != null) {
            for (String hash : answer.gapVerification) {
                verification.add(ContentHash.parse(given(hash, "verification entry")));
            }
        }
        return new FileWindows(given(answer.fileSize, "fileSize"), windows, gaps, verification);
    }

    private static Subtree subtree(SubtreeJson json) {
        List<Node> nodes = new ArrayList<>();
        for (NodeJson node : given(json.nodes, "nodes")) {
            NodeJson there = given(node, "node");
            long size = given(there.size, "size");
            if (size < 1) {
                throw new IllegalArgumentException("a node of " + size + " bytes");
            }
            nodes.add(new Node(ContentHash.parse(given(there.hash, "hash")), size));
        }
        List<Subtree.Level> levels = new ArrayList<>();
        for (List<@Nullable Integer> level : given(json.levels, "levels")) {
            List<@Nullable Integer> counts = given(level, "level");
            if (counts.size() != 2) {
                throw new IllegalArgumentException("a level has two counts, not " + counts.size());
            }
            levels.add(new Subtree.Level(given(counts.get(0), "left"), given(counts.get(1), "right")));
        }
        return new Subtree(nodes, levels, given(json.atStart, "at_start"), given(json.atEnd, "at_end"));
    }

    private static <T> T given(@Nullable T value, String name) {
        if (value == null) {
            throw new IllegalArgumentException(name + " is missing");
        }
        return value;
    }
}
