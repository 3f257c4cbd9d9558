package io.hfmount.api.lifecycle;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.InvocationTargetException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens at a signal that comes while the shutdown hooks run: the JVM itself ignores it. Uses {@code
 * sun.misc.Signal} of the module jdk.unsupported, by name, because the compiler warns of it and cannot be told not to;
 * without it the first signal's drain just goes on.
 */
final class SecondSignal {
    private static final Logger LOG = LoggerFactory.getLogger(SecondSignal.class);
    private static final List<String> SIGNALS = List.of("TERM", "INT", "HUP");

    private SecondSignal() {}

    /** Runs {@code action}, on a thread of the JVM's, at each SIGTERM, SIGINT and SIGHUP from now on. */
    static void install(Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            MethodHandle run = MethodHandles.lookup()
                    .findVirtual(Runnable.class, "run", MethodType.methodType(void.class))
                    .bindTo(action);
            Object ours = MethodHandleProxies.asInterfaceInstance(handler, MethodHandles.dropArguments(run, 0, signal));
            for (String name : SIGNALS) {
                take(signal, handler, ours, name);
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.debug("a second signal cannot be told from the first", e);
        }
    }

    /** A JVM that was told to leave a signal alone (-Xrs, nohup) refuses that one only. */
    private static void take(Class<?> signal, Class<?> handler, Object ours, String name)
            throws ReflectiveOperationException {
        try {
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), ours);
        } catch (InvocationTargetException e) {
            LOG.debug("SIG{} is left as it is", name, e.getCause());
        }
    }
}
