package io.hfmount.xet.cas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.xet.StorageException;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ShardProgressTest {
    private static final String GOOD = """
            {"type":"validating","verified":3,"total":7,"more":[1]}
            {"type":"something new"}

            {"type":"committing","stage":"syncing"}
            {"type":"result"}
            """;

    private static ShardProgress read(String stream, int pieceLength) {
        byte[] bytes = stream.getBytes(StandardCharsets.UTF_8);
        ShardProgress progress = new ShardProgress();
        for (int at = 0; at < bytes.length; at += pieceLength) {
            progress.accept(Unpooled.wrappedBuffer(bytes, at, Math.min(pieceLength, bytes.length - at)));
        }
        return progress.complete();
    }

    @Property(tries = 60)
    void anySplit_readsTheSame(@ForAll @IntRange(min = 1, max = 120) int pieceLength) {
        assertThat(read(GOOD, pieceLength).succeeded()).isTrue();
        assertThat(read(GOOD.strip(), pieceLength).succeeded()).isTrue();
        assertThat(read(GOOD.replace("\n", "\r\n"), pieceLength).succeeded()).isTrue();
    }

    @Test
    void errorLine_decidesByItsFlag() {
        assertThatThrownBy(() -> read("{\"type\":\"error\",\"message\":\"busy\",\"retryable\":true}\n", 10))
                .hasMessageContaining("busy")
                .matches(RetryPolicy::isTransient)
                .matches(e -> ((StorageException) e).isServerFault());
        assertThatThrownBy(() -> read("{\"type\":\"error\",\"message\":\"bad range hash\"}", 10))
                .hasMessageContaining("bad range hash")
                .matches(e -> !RetryPolicy.isTransient(e))
                .matches(e -> ((StorageException) e).kind() == StorageException.Kind.REJECTED)
                .matches(e -> !((StorageException) e).isServerFault());
    }

    @Test
    void brokenStream_isFinal() {
        for (String stream : new String[] {
            "", "{\"type\":\"validating\"}\n", "{\"type\":\"val", "[]\n", "null\n", "nonsense\n", "{\"x\":1}\n"
        }) {
            assertThatThrownBy(() -> read(stream, 7))
                    .as(stream)
                    .isInstanceOf(StorageException.class)
                    .matches(e -> !RetryPolicy.isTransient(e));
        }
    }

    @Test
    void linesUpToTheLimit_areTaken() {
        String filler = "x".repeat(ShardProgress.MAX_LINE - 40);
        assertThatCode(() -> read("{\"type\":\"news\",\"m\":\"" + filler + "\"}\n{\"type\":\"result\"}\n", 1 << 16))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> read("{\"type\":\"news\",\"m\":\"" + filler + "x".repeat(40) + "\"}\n", 1 << 16))
                .hasMessageContaining("longer");
    }
}
