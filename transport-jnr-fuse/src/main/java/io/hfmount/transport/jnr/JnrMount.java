package io.hfmount.transport.jnr;

import io.hfmount.agent.transport.Engine;
import io.hfmount.agent.transport.MountedTransport;
import io.hfmount.agent.transport.fuse.KernelMount;
import io.hfmount.agent.vfs.KernelCache;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A live mount: one thread is in libfuse's main function as long as the mount serves. That function returns after the
 * last callback, whoever unmounted; then what the kernel left open is closed and {@link #ended} completes. Thread-safe.
 */
final class JnrMount implements MountedTransport {
    private static final Logger log = LoggerFactory.getLogger(JnrMount.class);
    private static final long START_PATIENCE_SECONDS = 30;
    private static final long END_PATIENCE_SECONDS = 40;

    private final Path mountPoint;
    private final FuseSession session;
    private final PathNodes nodes;
    private final List<String> tuning;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final Object unmountLock = new Object();
    private volatile @Nullable KernelMount kernelMount;
    private volatile @Nullable Negotiation negotiated;

    JnrMount(Path mountPoint, FuseSession session, PathNodes nodes, List<String> tuning) {
        this.mountPoint = mountPoint;
        this.session = session;
        this.nodes = nodes;
        this.tuning = tuning;
    }

    /**
     * Mounts; returns when the kernel's first request has come.
     *
     * @throws IOException when it did not; nothing stays mounted
     */
    void start(List<String> arguments) throws IOException {
        Thread.ofPlatform().daemon().name("jnr-fuse " + mountPoint).start(() -> serve(arguments));
        try {
            negotiated = session.ready().get(START_PATIENCE_SECONDS, TimeUnit.SECONDS);
            kernelMount = KernelMount.inSightAt(mountPoint);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            throw new IOException(String.valueOf((cause == null ? e : cause).getMessage()), e);
        } catch (TimeoutException e) {
            abandon();
            throw new IOException(
                    "the kernel sent no first request for " + mountPoint + " within " + START_PATIENCE_SECONDS + " s",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            abandon();
            throw new IOException("interrupted while mounting " + mountPoint, e);
        }
    }

    private void serve(List<String> arguments) {
        try {
            int status = session.serve(arguments);
            session.ready()
                    .completeExceptionally(new IOException("libfuse could not mount on " + mountPoint + " (status "
                            + status + "); its reason is on standard error"));
            KernelMount mounted = kernelMount;
            if (mounted != null) {
                mounted.detachRemains();
            }
        } catch (Throwable t) {
            session.ready().completeExceptionally(t);
            log.error("The mount on {} met a fault of the program", mountPoint, t);
        } finally {
            finish();
        }
    }

    private void finish() {
        try {
            session.closeHandles();
            nodes.close();
        } catch (Throwable t) {
            log.error("Ending the mount on {} met a fault of the program", mountPoint, t);
        } finally {
            ended.complete(null);
        }
    }

    /** It may have been mounted all the same. */
    private void abandon() {
        try {
            KernelMount.inSightAt(mountPoint).detachRemains();
        } catch (IOException e) {
            log.warn("{} may have stayed mounted: {}", mountPoint, e.getMessage());
        }
    }

    @Override
    public KernelCache kernelCache() {
        return nodes;
    }

    @Override
    public Engine engine() {
        Negotiation agreed = negotiated;
        if (agreed == null) {
            return new Engine(JnrFuseTransport.NAME, "", tuning, MountArguments.MAX_REQUEST);
        }
        List<String> flags = new ArrayList<>(agreed.flags());
        flags.addAll(tuning);
        return new Engine(JnrFuseTransport.NAME, agreed.protocol(), flags, agreed.maxWrite());
    }

    @Override
    public Map<String, String> describe() {
        Engine engine = engine();
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("engine", engine.name());
        facts.put("protocol", engine.protocol());
        facts.put("flags", String.join(",", engine.flags()));
        facts.put("maxWrite", String.valueOf(engine.maxWrite()));
        facts.put("mountedBy", Requirements.LIBRARY);
        facts.put("waitingRequests", String.valueOf(session.running()));
        return facts;
    }

    @Override
    public CompletableFuture<Void> ended() {
        return ended.copy();
    }

    @Override
    public void unmount(boolean lazy) throws IOException {
        synchronized (unmountLock) {
            KernelMount mounted = kernelMount;
            if (ended.isDone() || mounted == null) {
                return;
            }
            mounted.detach(lazy);
        }
        if (!lazy) {
            awaitEnd();
        }
    }

    private void awaitEnd() throws IOException {
        try {
            ended.get(END_PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IOException(mountPoint + " is unmounted, but requests of it still run", e);
        } catch (ExecutionException e) {
            throw new IOException("the end of the mount on " + mountPoint + " failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while unmounting " + mountPoint, e);
        }
    }
}
