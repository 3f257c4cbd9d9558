package io.hfmount.api;

import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;
import reactor.blockhound.BlockHound;

/**
 * Makes every test of this module fail that blocks on an event loop. Installed before the first test: threads that wait
 * for work when the detector arrives would count as blocking and die.
 */
public final class EventLoopWatch implements LauncherSessionListener {
    @Override
    public void launcherSessionOpened(LauncherSession session) {
        // By default file channels and directory calls count as harmless.
        BlockHound.builder()
                .loadIntegrations()
                .markAsBlocking("sun.nio.ch.FileChannelImpl", "read", "(Ljava/nio/ByteBuffer;)I")
                .markAsBlocking("sun.nio.fs.UnixNativeDispatcher", "open", "(Lsun/nio/fs/UnixPath;II)I")
                // Netty's allocator may wait shortly for another thread of its own.
                .allowBlockingCallsInside("io.netty.buffer.AdaptivePoolingAllocator", "allocate")
                .allowBlockingCallsInside("io.netty.buffer.AdaptivePoolingAllocator$Magazine", "free")
                // A pool's queue locks are held for nanoseconds, and an error in between loses a task's wake-up.
                .allowBlockingCallsInside("java.util.concurrent.ThreadPoolExecutor", "execute")
                .install();
    }
}
