package io.hfmount.emulator;

import io.hfmount.emulator.auth.Users;
import io.hfmount.emulator.storage.WindowMode;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * How an embedded Hub is set up. Immutable; start from {@link #in(Path)}.
 *
 * @param dataDirectory everything it keeps; created when missing
 * @param users token by user name; tokens start with {@code hf_}
 * @param windows where windows of range uploads end
 * @param bindAddress a loopback address: the admin routes ask for no token
 * @param port to listen on; 0 takes a free one
 * @param tokenLife of storage tokens, 1 s to 30 days. Clients ask again up to 60 s before the end, so a life under 75 s
 *     means a token call per operation
 * @param requestLogCapacity requests kept for {@code /_admin/requests}, 1 to 1 000 000
 */
public record EmulatorConfig(
        Path dataDirectory,
        Map<String, String> users,
        WindowMode windows,
        InetAddress bindAddress,
        int port,
        Duration tokenLife,
        int requestLogCapacity) {
    /** The user of a fresh Hub. */
    public static final String DEFAULT_USER = "demo";

    /** The token of {@link #DEFAULT_USER}. */
    public static final String DEFAULT_TOKEN = "hf_demo";

    private static final Duration LONGEST_LIFE = Duration.ofDays(30);
    private static final int LARGEST_LOG = 1_000_000;

    public EmulatorConfig {
        users = Map.copyOf(users);
        Users.check(users);
        if (!bindAddress.isLoopbackAddress()) {
            throw new IllegalArgumentException("the embedded Hub binds to a loopback address only");
        }
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("the port must lie in 0 to 65535");
        }
        if (tokenLife.compareTo(Duration.ofSeconds(1)) < 0 || tokenLife.compareTo(LONGEST_LIFE) > 0) {
            throw new IllegalArgumentException("the life of a storage token must lie in 1 s to 30 days");
        }
        if (requestLogCapacity < 1 || requestLogCapacity > LARGEST_LOG) {
            throw new IllegalArgumentException("the request log keeps 1 to " + LARGEST_LOG + " requests");
        }
    }

    /** The default user, aligned windows, a free port on loopback, tokens for an hour. */
    public static EmulatorConfig in(Path dataDirectory) {
        return new EmulatorConfig(
                dataDirectory,
                Map.of(DEFAULT_USER, DEFAULT_TOKEN),
                WindowMode.ALIGNED,
                InetAddress.getLoopbackAddress(),
                0,
                Duration.ofHours(1),
                10_000);
    }

    /** With another {@link #port()}. */
    public EmulatorConfig withPort(int value) {
        return new EmulatorConfig(dataDirectory, users, windows, bindAddress, value, tokenLife, requestLogCapacity);
    }

    /** With other {@link #users()}. */
    public EmulatorConfig withUsers(Map<String, String> value) {
        return new EmulatorConfig(dataDirectory, value, windows, bindAddress, port, tokenLife, requestLogCapacity);
    }

    /** With another {@link #windows()}. */
    public EmulatorConfig withWindows(WindowMode value) {
        return new EmulatorConfig(dataDirectory, users, value, bindAddress, port, tokenLife, requestLogCapacity);
    }

    /** With another {@link #tokenLife()}. */
    public EmulatorConfig withTokenLife(Duration value) {
        return new EmulatorConfig(dataDirectory, users, windows, bindAddress, port, value, requestLogCapacity);
    }

    /** With another {@link #requestLogCapacity()}. */
    public EmulatorConfig withRequestLogCapacity(int value) {
        return new EmulatorConfig(dataDirectory, users, windows, bindAddress, port, tokenLife, value);
    }

    @Override
    public String toString() {
        return "EmulatorConfig[dataDirectory=" + dataDirectory + ", users=" + users.keySet() + ", windows=" + windows
                + ", bindAddress=" + bindAddress + ", port=" + port + ", tokenLife=" + tokenLife + "]";
    }
}
