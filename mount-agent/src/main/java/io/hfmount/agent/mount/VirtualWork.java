package io.hfmount.agent.mount;

import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import reactor.core.publisher.Mono;

/** Work that waits, as a Mono: it runs on a virtual thread of its own and is never interrupted. */
final class VirtualWork {
    private VirtualWork() {}

    /**
     * @param name thread name
     * @param work runs once per subscription
     * @param unwanted gets the result when the subscriber has gone before it came
     */
    static <T> Mono<T> mono(String name, Callable<T> work, Consumer<? super T> unwanted) {
        return Mono.create(sink -> {
            AtomicBoolean cancelled = new AtomicBoolean();
            sink.onCancel(() -> cancelled.set(true));
            Thread.ofVirtual().name(name).start(() -> {
                try {
                    T result = work.call();
                    if (cancelled.get()) {
                        unwanted.accept(result);
                    } else {
                        sink.success(result);
                    }
                } catch (Throwable t) {
                    sink.error(t);
                }
            });
        });
    }
}
