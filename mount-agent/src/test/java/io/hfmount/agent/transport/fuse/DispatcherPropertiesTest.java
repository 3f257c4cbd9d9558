package io.hfmount.agent.transport.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.Caller;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.MemoryFileSystem;
import io.hfmount.agent.vfs.OpenFlags;
import java.time.Duration;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever bytes come, each request that wants an answer gets exactly one that the kernel accepts. */
final class DispatcherPropertiesTest {
    private static final int MAX_PAYLOAD = 64 << 10;
    private static final FuseLimits LIMITS =
            new FuseLimits(MAX_PAYLOAD, 2, 4, MAX_PAYLOAD * 4L, MAX_PAYLOAD * 4L, 4, MAX_PAYLOAD * 4L, 10);

    @Property(tries = 3_000)
    void anyRequest_isAnsweredExactlyOnce(@ForAll("requests") byte[] bytes) throws FsException {
        MemoryFileSystem fileSystem = new MemoryFileSystem();
        fileSystem.mkdir(MemoryFileSystem.ROOT, "d", 0755, Caller.SELF);
        fileSystem.create(MemoryFileSystem.ROOT, "f", 0644, OpenFlags.READ_WRITE, Caller.SELF);
        fileSystem.symlink(MemoryFileSystem.ROOT, "l", "f", Caller.SELF);
        fileSystem.opendir(MemoryFileSystem.ROOT);
        BufferPool pool = new BufferPool();
        SlowRequests slow = new SlowRequests(LIMITS, pool);
        RecordingChannel channel = new RecordingChannel();
        PayloadBuffer memory = new PayloadBuffer(MAX_PAYLOAD);
        try {
            Reply reply = new Reply(memory, channel);
            Request request = RequestBytes.in(bytes);

            new Dispatcher(fileSystem, slow, MAX_PAYLOAD).dispatch(request, bytes.length, reply);

            assertThat(slow.close(Duration.ofSeconds(10))).isTrue();
            List<RecordingChannel.Message> answers = channel.messages();
            if (bytes.length < Request.HEADER || !Opcode.isAnswered(request.opcode())) {
                assertThat(answers).isEmpty();
            } else {
                assertThat(answers).hasSize(1);
                RecordingChannel.Message answer = answers.getFirst();
                assertThat(answer.unique()).isEqualTo(request.unique());
                assertThat(answer.error()).isBetween(-511, 0);
                assertThat(answer.payload().length == 0 || answer.error() == 0).isTrue();
            }
            assertThat(channel.references).hasValue(1);
        } finally {
            pool.close();
            memory.free();
        }
    }

    @Provide
    Arbitrary<byte[]> requests() {
        Arbitrary<Integer> opcodes = Arbitraries.frequencyOf(
                net.jqwik.api.Tuple.of(20, Arbitraries.integers().between(0, 60)),
                net.jqwik.api.Tuple.of(1, Arbitraries.integers()));
        Arbitrary<Long> nodes = Arbitraries.longs().between(0, 6);
        Arbitrary<byte[]> garbage = Arbitraries.bytes().array(byte[].class).ofMaxSize(300);
        // Small numbers and short texts, which get past the first checks.
        Arbitrary<byte[]> plausible = Arbitraries.of(
                        (byte) 0, (byte) 0, (byte) 0, (byte) 1, (byte) 2, (byte) 'a', (byte) 'f', (byte) '/', (byte)
                                0xC3)
                .array(byte[].class)
                .ofMaxSize(200);
        Arbitrary<byte[]> framed = Combinators.combine(opcodes, nodes, Arbitraries.oneOf(garbage, plausible))
                .as((opcode, node, body) ->
                        new RequestBytes(opcode, 77, node).raw(body).bytes());
        Arbitrary<byte[]> damaged = Combinators.combine(
                        framed, Arbitraries.integers().between(0, 39), Arbitraries.bytes())
                .as((bytes, at, value) -> {
                    byte[] copy = bytes.clone();
                    // The unique stays, for the answer is recognised by it.
                    copy[at >= 8 && at < 16 ? 36 : at] = value;
                    return copy;
                });
        return Arbitraries.frequencyOf(
                net.jqwik.api.Tuple.of(6, framed),
                net.jqwik.api.Tuple.of(2, damaged),
                net.jqwik.api.Tuple.of(1, garbage));
    }
}
