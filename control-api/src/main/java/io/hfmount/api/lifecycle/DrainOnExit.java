package io.hfmount.api.lifecycle;

import io.hfmount.api.mounts.MountRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.context.event.ApplicationPreparedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * The shutdown hook of the process: at SIGTERM, SIGINT or SIGHUP it refuses new work, drains and unmounts everything,
 * closes the context and ends with an exit code of its own. It replaces the framework's hook, which would close the
 * agent's threads before the drain.
 *
 * <p>A watchdog thread ends the process when the drain hangs; it depends on nothing but a clock. A second signal ends it
 * at once (mount-semantics §8.2). What is unpublished then stays in the staging directory.
 */
public final class DrainOnExit implements Runnable, ApplicationListener<ApplicationPreparedEvent> {
    private static final Logger LOG = LoggerFactory.getLogger(DrainOnExit.class);
    private static final Duration MARGIN = Duration.ofSeconds(10);
    private static final int SHOWN = 20;

    private final Runnable last;
    private volatile int requested = ExitCode.OK;
    private volatile @Nullable ConfigurableApplicationContext context;

    /** @param last run after the context is closed, before the process ends */
    public DrainOnExit(Runnable last) {
        this.last = last;
    }

    /** Registers it with the runtime. */
    public void install() {
        Runtime.getRuntime().addShutdownHook(new Thread(this, "drain-on-exit"));
    }

    /** Ends the process with {@code code}, or {@link ExitCode#UNPUBLISHED} if data stays unpublished. */
    public void exit(int code) {
        requested = code;
        System.exit(code);
    }

    @Override
    public void onApplicationEvent(ApplicationPreparedEvent event) {
        context = event.getApplicationContext();
    }

    @Override
    public void run() {
        int code = ExitCode.FAULT;
        try {
            code = drain();
        } catch (RuntimeException | Error e) {
            LOG.error("the drain failed", e);
        } finally {
            end(code);
        }
    }

    private int drain() {
        ConfigurableApplicationContext running = context;
        int code = requested;
        if (running != null && running.isActive()) {
            MountRegistry registry = running.getBean(MountRegistry.class);
            Duration limit = registry.drainLimit().plus(MARGIN);
            watch(limit.plus(MARGIN));
            SecondSignal.install(() -> {
                LOG.error("second signal: ending at once; what is unpublished stays in the data directory");
                end(ExitCode.UNPUBLISHED);
            });
            LOG.info("stopping: publishing what is dirty; a second signal ends at once");
            AvailabilityChangeEvent.publish(running, ReadinessState.REFUSING_TRAFFIC);
            if (!drain(registry, limit)) {
                code = ExitCode.UNPUBLISHED;
            }
            running.close();
        }
        last.run();
        return code;
    }

    private static boolean drain(MountRegistry registry, Duration limit) {
        List<String> left;
        try {
            left = registry.drainAll().block(limit);
        } catch (RuntimeException e) {
            LOG.error("the drain did not end well; what is dirty stays unpublished", e);
            return false;
        }
        if (left == null || left.isEmpty()) {
            return true;
        }
        LOG.error("{} paths stayed unpublished:", left.size());
        left.stream().limit(SHOWN).forEach(path -> LOG.error("  {}", path));
        return false;
    }

    private static void watch(Duration limit) {
        Thread.ofPlatform().daemon().name("exit-watchdog").start(() -> {
            try {
                TimeUnit.NANOSECONDS.sleep(limit.toNanos());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            end(ExitCode.UNPUBLISHED);
        });
    }

    /** A hook cannot change the exit code of a signal in any other way. */
    private static void end(int code) {
        System.out.flush();
        System.err.flush();
        Runtime.getRuntime().halt(code);
    }
}
