package io.hfmount.agent.flush;

import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The last failure of a call to storage that is being repeated. Who runs out of time meanwhile can tell what was wrong
 * instead of the time alone. Thread-safe.
 */
public final class StorageTroubles {
    private final LongSupplier nanos;
    private volatile @Nullable Trouble last;

    private record Trouble(String text, long at) {}

    /** @param nanos monotonic time in nanoseconds */
    public StorageTroubles(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** On the clock of the machine. */
    public static StorageTroubles system() {
        return new StorageTroubles(System::nanoTime);
    }

    /** A call failed and is repeated. */
    public void note(Throwable failure) {
        String message = failure.getMessage();
        last = new Trouble(message == null ? failure.getClass().getSimpleName() : message, nanos.getAsLong());
    }

    /** Half a sentence on the failure of the last {@code elapsed} nanoseconds, null when there was none. */
    @Nullable
    String ofTheLast(long elapsed) {
        Trouble trouble = last;
        return trouble == null || nanos.getAsLong() - trouble.at > elapsed
                ? null
                : "storage's last failure: " + trouble.text;
    }
}
