package io.hfmount.agent.transport.fuse;

import io.hfmount.agent.transport.Engine;
import io.hfmount.agent.transport.MountedTransport;
import io.hfmount.agent.transport.TransportOptions;
import io.hfmount.agent.vfs.FileSystem;
import io.hfmount.agent.vfs.KernelCache;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A live mount: its readers, its notifier and its end. The connection ends when the last reader leaves, whoever
 * unmounted; then requests still running are waited for, the descriptors are closed, and {@link #ended} completes.
 * Thread-safe.
 */
final class FuseMount implements MountedTransport {
    private static final Logger log = LoggerFactory.getLogger(FuseMount.class);
    private static final long NOTIFIER_PATIENCE_MILLIS = 2_000;
    private static final Duration DRAIN_PATIENCE = Duration.ofSeconds(30);
    private static final long END_PATIENCE_SECONDS = 40;
    private static final String READ_AHEAD_KIB = "1024";

    private final Path mountPoint;
    private final KernelMount kernelMount;
    private final FuseDevice session;
    private final InitNegotiation negotiated;
    private final TransportOptions options;
    private final BufferPool pool = new BufferPool();
    private final SlowRequests slow;
    private final Notifier notifier;
    private final Dispatcher dispatcher;
    private final AtomicInteger liveReaders = new AtomicInteger();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final Object unmountLock = new Object();
    private int readers;

    /** Takes over one reference of {@code session}, on which INIT has been answered. */
    FuseMount(
            Path mountPoint,
            Mounter mounter,
            FuseDevice session,
            InitNegotiation negotiated,
            FileSystem fileSystem,
            TransportOptions options,
            FuseLimits limits)
            throws IOException {
        this.mountPoint = mountPoint;
        this.kernelMount = KernelMount.inSightAt(mountPoint, mounter);
        this.session = session;
        this.negotiated = negotiated;
        this.options = options;
        this.slow = new SlowRequests(limits, pool);
        this.dispatcher = new Dispatcher(fileSystem, slow, negotiated.maxWrite());
        this.notifier = new Notifier(session, limits.queuedNotifications(), "fuse-notifier " + mountPoint);
    }

    /** Starts serving with up to {@code wanted} readers; after a failure the caller unmounts. */
    void start(int wanted) {
        notifier.start();
        readers = ReaderAllowance.PROCESS.take(wanted);
        liveReaders.set(readers);
        int started = 0;
        try {
            for (; started < readers; started++) {
                startReader(started);
            }
        } finally {
            // Readers that could not start count as ended, or the mount would never end.
            for (; started < readers; started++) {
                readerEnded();
            }
        }
        raiseReadAhead();
    }

    private void startReader(int index) {
        FuseDevice device = index == 0 ? null : session.cloneQueue();
        if (device == null) {
            session.retain();
            device = session;
        }
        boolean running = false;
        try {
            Thread.ofPlatform()
                    .daemon()
                    .name("fuse-reader-" + index + " " + mountPoint)
                    .start(new RequestReader(device, dispatcher, negotiated.maxWrite(), this::readerEnded));
            running = true;
        } finally {
            if (!running) {
                device.release();
            }
        }
    }

    @Override
    public KernelCache kernelCache() {
        return notifier;
    }

    @Override
    public Engine engine() {
        return new Engine(
                FuseTransport.NAME,
                negotiated.protocol(),
                negotiated.flags().stream().map(Enum::name).toList(),
                negotiated.maxWrite());
    }

    @Override
    public Map<String, String> describe() {
        Engine engine = engine();
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("engine", engine.name());
        facts.put("protocol", engine.protocol());
        facts.put("flags", String.join(",", engine.flags()));
        facts.put("maxWrite", String.valueOf(engine.maxWrite()));
        facts.put("maxBackground", String.valueOf(options.maxBackground()));
        facts.put("readers", String.valueOf(readers));
        facts.put("mountedBy", kernelMount.mountedBy());
        facts.put("waitingRequests", String.valueOf(slow.inFlight()));
        return facts;
    }

    @Override
    public CompletableFuture<Void> ended() {
        return ended.copy();
    }

    @Override
    public void unmount(boolean lazy) throws IOException {
        synchronized (unmountLock) {
            if (ended.isDone()) {
                return;
            }
            notifier.disarm(NOTIFIER_PATIENCE_MILLIS);
            boolean detached = false;
            try {
                kernelMount.detach(lazy);
                detached = true;
            } finally {
                if (!detached) {
                    notifier.arm();
                }
            }
        }
        if (!lazy) {
            awaitEnd();
        }
    }

    private void awaitEnd() throws IOException {
        try {
            ended.get(END_PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IOException(mountPoint + " is unmounted, but its connection has not ended", e);
        } catch (ExecutionException e) {
            throw new IOException("the end of the mount on " + mountPoint + " failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while unmounting " + mountPoint, e);
        }
    }

    private void readerEnded() {
        if (liveReaders.decrementAndGet() == 0) {
            // Not on the reader: the drain may wait, and the future's dependents may do anything.
            Thread.ofPlatform().daemon().name("fuse-end " + mountPoint).start(this::finish);
        }
    }

    private void finish() {
        try {
            notifier.stop();
            if (!slow.close(DRAIN_PATIENCE)) {
                log.warn("{} requests of {} still run after the end of the mount", slow.inFlight(), mountPoint);
            }
            session.release();
            kernelMount.detachRemains();
        } catch (Throwable t) {
            log.error("Ending the mount on {} met a fault of the program", mountPoint, t);
        } finally {
            pool.close();
            ReaderAllowance.PROCESS.giveBack(readers);
            ended.complete(null);
        }
    }

    /**
     * Buffered sequential reads come in requests of this size. INIT can only lower it; the kernel's switch needs root,
     * and nothing depends on it (fuse-transports §2).
     */
    private void raiseReadAhead() {
        String device = kernelMount.device();
        if (device == null) {
            return;
        }
        try {
            Files.writeString(Path.of("/sys/class/bdi", device, "read_ahead_kb"), READ_AHEAD_KIB);
        } catch (IOException | RuntimeException e) {
            log.debug("The read-ahead of {} stays as it is: {}", mountPoint, e.getMessage());
        }
    }
}
