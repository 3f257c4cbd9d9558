package io.hfmount.api.config;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The settings {@code hfmount.*}. Immutable; the constructor throws {@link InvalidSettingException}.
 *
 * @param endpoint base address of the Hub (HF_ENDPOINT), no slash at the end
 * @param token Hub token (HF_TOKEN), null for none; a secret
 * @param tokenFile file with the token (HF_TOKEN_FILE), which wins when it holds one; null for none
 * @param address where the API listens, a loopback address
 * @param port where the API listens (HFMOUNT_PORT); 0 takes a free one
 * @param dataDir staging and caches (HFMOUNT_DATA_DIR)
 * @param mountRoots directories below which mounts are allowed, joined by colons (HFMOUNT_MOUNT_ROOTS)
 * @param mounts mounts made at start
 */
@ConfigurationProperties("hfmount")
public record SidecarProperties(
        @DefaultValue("https://huggingface.co") String endpoint,
        @Nullable String token,
        @Nullable String tokenFile,
        @DefaultValue("127.0.0.1") String address,
        @DefaultValue("8787") int port,
        @DefaultValue("") String dataDir,
        @DefaultValue("") String mountRoots,
        @DefaultValue List<DeclaredMount> mounts) {
    private static final String STATE = "hf-mount-sidecar";
    private static final Pattern TOKEN = Pattern.compile("[\\x21-\\x7e]{1,4096}");
    private static final Pattern LITERAL_ADDRESS = Pattern.compile("[0-9.]+|\\[?[0-9a-fA-F:.]+]?|localhost");

    public SidecarProperties {
        endpoint = checkedEndpoint(endpoint.strip());
        token = token == null || token.isBlank() ? null : token.strip();
        if (token != null && !TOKEN.matcher(token).matches()) {
            throw new InvalidSettingException(
                    "hfmount.token (HF_TOKEN)", "a token is printable ASCII without blanks, at most 4096 characters");
        }
        tokenFile = tokenFile == null || tokenFile.isBlank()
                ? null
                : path("hfmount.token-file (HF_TOKEN_FILE)", tokenFile)
                        .toAbsolutePath()
                        .normalize()
                        .toString();
        checkAddress(address);
        if (port < 0 || port > 65_535) {
            throw new InvalidSettingException("hfmount.port (HFMOUNT_PORT)", "a port from 0 to 65535 is expected");
        }
        dataDir = (dataDir.isBlank() ? defaultDataDir() : path("hfmount.data-dir (HFMOUNT_DATA_DIR)", dataDir))
                .toAbsolutePath()
                .normalize()
                .toString();
        mountRoots =
                String.join(":", roots(mountRoots).stream().map(Path::toString).toList());
        mounts = List.copyOf(mounts);
    }

    /** {@link #dataDir} as a path, absolute. */
    public Path dataPath() {
        return Path.of(dataDir);
    }

    /** {@link #tokenFile} as a path, absolute; null for none. */
    public @Nullable Path tokenPath() {
        return tokenFile == null ? null : Path.of(tokenFile);
    }

    /** {@link #mountRoots} as absolute paths. */
    public List<Path> roots() {
        return roots(mountRoots);
    }

    @Override
    public String toString() {
        return "endpoint=" + endpoint + ", token=" + (token == null ? "none" : "***") + ", token-file=" + tokenFile
                + ", address=" + address + ", port=" + port + ", data-dir=" + dataDir + ", mount-roots=" + mountRoots
                + ", mounts=" + mounts.size();
    }

    private static String checkedEndpoint(String text) {
        String endpoint = text;
        while (endpoint.endsWith("/")) {
            endpoint = endpoint.substring(0, endpoint.length() - 1);
        }
        try {
            URI uri = new URI(endpoint);
            boolean web = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
            if (web
                    && uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null) {
                return endpoint;
            }
        } catch (URISyntaxException e) {
            // answered below
        }
        throw new InvalidSettingException(
                "hfmount.endpoint (HF_ENDPOINT)",
                "an absolute http or https address without query, fragment and credentials is expected");
    }

    private static void checkAddress(String address) {
        try {
            // Only literal addresses: a name would be looked up, and could come to mean another machine.
            if (LITERAL_ADDRESS.matcher(address).matches()
                    && InetAddress.getByName(address).isLoopbackAddress()) {
                return;
            }
        } catch (UnknownHostException e) {
            // answered below
        }
        throw new InvalidSettingException(
                "hfmount.address", "a loopback address is expected: the API is open to whoever reaches it");
    }

    private static Path defaultDataDir() {
        String state = System.getenv("XDG_STATE_HOME");
        if (state != null && state.startsWith("/")) {
            return Path.of(state, STATE);
        }
        return Path.of(System.getProperty("user.home"), ".local", "state", STATE);
    }

    /** Where mounts are allowed unless the operator says otherwise, joined by colons. */
    public static String defaultRoots() {
        return Stream.of("", System.getProperty("user.home"), System.getProperty("java.io.tmpdir"))
                .map(root -> Path.of(root).toAbsolutePath().normalize().toString())
                .collect(Collectors.joining(":"));
    }

    private static List<Path> roots(String text) {
        if (text.isBlank()) {
            return roots(defaultRoots());
        }
        String name = "hfmount.mount-roots (HFMOUNT_MOUNT_ROOTS)";
        List<Path> roots = new ArrayList<>();
        for (String part : text.split(":", -1)) {
            Path root = path(name, part);
            if (!root.isAbsolute()) {
                throw new InvalidSettingException(name, "absolute directories joined by colons are expected");
            }
            roots.add(root.normalize());
        }
        return List.copyOf(roots);
    }

    private static Path path(String setting, String text) {
        try {
            return Path.of(text.strip());
        } catch (InvalidPathException e) {
            throw new InvalidSettingException(setting, "a path is expected");
        }
    }
}
