package io.hfmount.xet.upload;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.StorageException;
import io.hfmount.xet.cas.StorageRoute;
import io.hfmount.xet.chunk.Chunk;
import io.hfmount.xet.hash.XetHashes;
import io.hfmount.xet.testing.FaultyStorage;
import io.hfmount.xet.testing.MemoryStorage;
import io.hfmount.xet.vectors.VectorInput;
import io.hfmount.xet.xorb.SegmentPool;
import io.hfmount.xet.xorb.XorbWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

class XorbSenderTest {
    private final MemoryStorage memory = new MemoryStorage();
    private final FaultyStorage storage = new FaultyStorage(memory);
    private final XorbWriter writer = XorbWriter.automatic(new SegmentPool(4 << 20));

    private OpenXorb xorb(byte[] chunk) {
        OpenXorb xorb = new OpenXorb(writer);
        xorb.add(new Chunk(XetHashes.chunkHash(chunk), chunk.length), chunk, 0);
        xorb.close();
        return xorb;
    }

    @Test
    void sameXorbTwice_isSentOnce_andItsSecondCopyIsNotKept() {
        XorbSender sender = new XorbSender(storage, new ByteBudget(1 << 20), 1);
        List<OpenXorb> twins = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            OpenXorb xorb = xorb(VectorInput.random(1, 10_000));
            twins.add(xorb);
            sender.send(xorb, xorb.seal());
        }
        sender.allStored().join();
        assertThat(storage.calls(StorageRoute.XORB_UPLOAD)).isEqualTo(1);
        assertThat(twins).allSatisfy(xorb -> assertThat(xorb.body()).isNull());
    }

    /** Small files of one session while another one has all the room for pools: each is a xorb. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void thousandsOfXorbsThatWait_allEnd_whenOneFailsOrTheSessionIsGivenUp(boolean failing) {
        int count = 20_000;
        Sinks.Empty<Void> answer = Sinks.empty();
        storage.plan((route, call) -> answer.asMono());
        ByteBudget sending = new ByteBudget(1 << 20);
        XorbSender sender = new XorbSender(storage, sending, 1);
        for (int i = 0; i < count; i++) {
            OpenXorb xorb = xorb(ByteBuffer.allocate(4).putInt(i).array());
            sender.send(xorb, xorb.seal());
        }
        CompletableFuture<Void> all = sender.allStored();

        if (failing) {
            answer.tryEmitError(new StorageException(StorageException.Kind.UNAVAILABLE, "scripted"));
        } else {
            sender.stop();
        }

        assertThat(all).isCompletedExceptionally();
        assertThat(sending.used()).as("bytes that wait").isZero();
        assertThat(storage.calls(StorageRoute.XORB_UPLOAD)).isEqualTo(1);
        assertThat(memory.xorbCount()).isZero();
    }

    @Test
    void storageThatAnswersAtOnce_isSentThousands() {
        ByteBudget sending = new ByteBudget(1 << 20);
        Sinks.Empty<Void> answer = Sinks.empty();
        List<ContentHash> stored = new ArrayList<>();
        XorbSender sender = new XorbSender(
                new FaultyStorage(memory) {
                    @Override
                    public Mono<Boolean> putXorb(ContentHash hash, io.hfmount.xet.xorb.XorbBody body) {
                        return answer.asMono().then(Mono.fromSupplier(() -> stored.add(hash)));
                    }
                },
                sending,
                1);
        for (int i = 0; i < 20_000; i++) {
            OpenXorb xorb = xorb(ByteBuffer.allocate(4).putInt(i).array());
            sender.send(xorb, xorb.seal());
        }
        CompletableFuture<Void> all = sender.allStored();

        answer.tryEmitEmpty();

        assertThat(all).isCompleted();
        assertThat(stored).hasSize(20_000);
        assertThat(sending.used()).isZero();
    }
}
