package io.hfmount.emulator.recording;

import io.hfmount.emulator.http.FinishedRequest;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Consumer;

/**
 * The last requests in the order they ended; the oldest is dropped when it is full. A request shows up a moment after
 * its client saw the end of the answer. Thread-safe.
 */
public final class RequestLog implements Consumer<FinishedRequest> {
    private final int capacity;
    private final Object lock = new Object();
    private final ArrayDeque<FinishedRequest> requests = new ArrayDeque<>(); // guarded by lock
    private long dropped; // guarded by lock
    private Instant clearedAt = Instant.MIN; // guarded by lock

    /**
     * Requests in order.
     *
     * @param dropped how many older ones were lost since the last clear
     */
    public record Recorded(long dropped, List<FinishedRequest> requests) {}

    /** Keeps at most {@code capacity} requests, at least 1. */
    public RequestLog(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("the request log keeps at least 1 request");
        }
        this.capacity = capacity;
    }

    @Override
    public void accept(FinishedRequest request) {
        synchronized (lock) {
            if (request.at().isBefore(clearedAt)) {
                return;
            }
            if (requests.size() == capacity) {
                requests.removeFirst();
                dropped++;
            }
            requests.addLast(request);
        }
    }

    /** A copy of what is kept. */
    public Recorded recorded() {
        synchronized (lock) {
            return new Recorded(dropped, List.copyOf(requests));
        }
    }

    /** Forgets everything, also requests that have begun and end later. */
    public void clear() {
        synchronized (lock) {
            clearedAt = Instant.now();
            requests.clear();
            dropped = 0;
        }
    }
}
