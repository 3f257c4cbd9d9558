package io.hfmount.agent.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.agent.InvalidOptionException;
import io.hfmount.agent.MountException;
import io.hfmount.agent.MountMode;
import io.hfmount.agent.MountOptions;
import io.hfmount.agent.MountSpec;
import io.hfmount.agent.transport.MountedTransport;
import io.hfmount.agent.transport.Transport;
import io.hfmount.agent.transport.TransportOptions;
import io.hfmount.agent.vfs.FileSystem;
import io.hfmount.model.BucketSource;
import io.hfmount.model.api.ProblemCode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A named engine wins; else the first that can be used; else every reason is told. */
final class EngineChoiceTest {
    /** An engine that only says whether it could mount. */
    private record Candidate(String name, String unusableBecause, boolean canInterrupt) implements Transport {
        @Override
        public MountedTransport mount(FileSystem fileSystem, TransportOptions options) {
            throw new AssertionError("a choice mounts nothing");
        }
    }

    private static final Candidate DIRECT = new Candidate("fuse", "", true);
    private static final Candidate LIBRARY = new Candidate("jnr-fuse", "", false);

    private static MountSpec spec(String transport) {
        return spec(transport, MountOptions.DEFAULTS);
    }

    private static MountSpec spec(String transport, MountOptions options) {
        return new MountSpec(
                BucketSource.parse("hf://buckets/o/b"), Path.of("/mnt"), MountMode.STAGED, transport, options);
    }

    @Test
    void auto_takesTheFirstThatCanBeUsed() {
        assertThat(new EngineChoice(List.of(DIRECT, LIBRARY)).of(spec("auto"))).isEqualTo(DIRECT);
        Candidate broken = new Candidate("fuse", "no device", true);
        assertThat(new EngineChoice(List.of(broken, LIBRARY)).of(spec("auto"))).isEqualTo(LIBRARY);
    }

    @Test
    void namedEngine_wins_evenWhenABetterOneCouldBeUsed() {
        EngineChoice choice = new EngineChoice(List.of(DIRECT, LIBRARY));
        assertThat(choice.of(spec("jnr-fuse"))).isEqualTo(LIBRARY);
        assertThat(choice.names()).containsExactlyInAnyOrder("auto", "fuse", "jnr-fuse");
    }

    @Test
    void namedEngineThatCannotBeUsed_isNotReplacedByAnother() {
        EngineChoice choice = new EngineChoice(List.of(DIRECT, new Candidate("jnr-fuse", "no library", false)));
        assertThatThrownBy(() -> choice.of(spec("jnr-fuse")))
                .isInstanceOfSatisfying(
                        MountException.class, e -> assertThat(e.code()).isEqualTo(ProblemCode.TRANSPORT_UNUSABLE))
                .hasMessageContaining("no library");
        assertThatThrownBy(() -> choice.of(spec("smb")))
                .isInstanceOfSatisfying(
                        MountException.class, e -> assertThat(e.code()).isEqualTo(ProblemCode.UNKNOWN_TRANSPORT));
    }

    @Test
    void noEngineThatCanBeUsed_isAnsweredWithEachReason() {
        EngineChoice choice = new EngineChoice(
                List.of(new Candidate("fuse", "no device", true), new Candidate("jnr-fuse", "no library", false)));
        assertThatThrownBy(() -> choice.of(spec("auto")))
                .isInstanceOfSatisfying(
                        MountException.class, e -> assertThat(e.code()).isEqualTo(ProblemCode.TRANSPORT_UNUSABLE))
                .hasMessageContaining("fuse: no device; jnr-fuse: no library");
    }

    @Test
    void readsThatWaitForEver_areRefusedWhereTheyCannotBeInterrupted() {
        MountOptions forEver = MountOptions.DEFAULTS.toBuilder()
                .readFetchTimeout(Duration.ZERO)
                .build();
        EngineChoice choice = new EngineChoice(List.of(DIRECT, LIBRARY));
        assertThat(choice.of(spec("fuse", forEver))).isEqualTo(DIRECT);
        assertThatThrownBy(() -> choice.of(spec("jnr-fuse", forEver)))
                .isInstanceOf(InvalidOptionException.class)
                .hasMessageContaining("readFetchTimeout")
                .hasMessageContaining("give a limit");
    }
}
