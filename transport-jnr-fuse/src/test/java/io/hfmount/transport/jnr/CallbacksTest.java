package io.hfmount.transport.jnr;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import org.junit.jupiter.api.Test;

/** Nothing thrown crosses the border to native code. */
final class CallbacksTest {
    private final Callbacks callbacks = new Callbacks();

    @Test
    void answers_areHandedThrough() {
        assertThat(callbacks.answer("read", () -> 4096)).isEqualTo(4096);
    }

    @Test
    void refusals_becomeTheirNegativeNumber() {
        assertThat(callbacks.answer("read", () -> {
                    throw new FsException(Errno.ENOENT, "gone");
                }))
                .isEqualTo(-2);
    }

    @Test
    void faultsOfAnyKind_becomeEio() {
        assertThat(callbacks.answer("read", () -> {
                    throw new IllegalStateException("fault");
                }))
                .isEqualTo(-5);
        assertThat(callbacks.answer("read", () -> {
                    throw new OutOfMemoryError("fault");
                }))
                .isEqualTo(-5);
        assertThat(callbacks.answer("read", () -> {
                    throw new IllegalStateException() {
                        @Override
                        public String getMessage() {
                            throw new StackOverflowError("even while it is logged");
                        }
                    };
                }))
                .isEqualTo(-5);
        assertThat(callbacks.running()).isZero();
    }
}
