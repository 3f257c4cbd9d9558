package io.hfmount.emulator;

import io.hfmount.emulator.auth.SigningSecret;
import io.hfmount.emulator.auth.StorageAuth;
import io.hfmount.emulator.auth.Users;
import io.hfmount.emulator.bucket.BucketStore;
import io.hfmount.emulator.faults.FaultRoutes;
import io.hfmount.emulator.faults.FaultScript;
import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.HttpFrontend;
import io.hfmount.emulator.http.OffLoop;
import io.hfmount.emulator.http.Router;
import io.hfmount.emulator.hub.HubRoutes;
import io.hfmount.emulator.recording.RecordingRoutes;
import io.hfmount.emulator.recording.RequestLog;
import io.hfmount.emulator.repo.RepoStore;
import io.hfmount.emulator.storage.StorageService;
import io.hfmount.emulator.storage.StorageSettings;
import java.io.Closeable;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;

/**
 * An embedded Hub with its storage service on one HTTP port: buckets and repos by the real Hub's routes, storage below
 * {@value #STORAGE_PATH}, scripted faults, a request log and a health check below {@code /_admin/}.
 *
 * <p>All it acknowledges is on disk and there again after a restart over the same directory. Thread-safe.
 */
public final class HubEmulator implements AutoCloseable {
    /** Where the storage service's routes are. */
    public static final String STORAGE_PATH = "/_storage";

    private static final int DISK_THREADS = 8;

    private final BucketStore store;
    private final RepoStore repos;
    private final Closeable storage;
    private final OffLoop offLoop = new OffLoop(DISK_THREADS);
    private final FaultScript faults = new FaultScript();
    private final RequestLog requests;
    private final HttpFrontend frontend;
    private final String url;

    /**
     * Opens the data directory and listens.
     *
     * @throws IOException when the directory is in use, damaged or unreadable
     * @throws IllegalArgumentException for users the Hub cannot have
     * @throws reactor.netty.ChannelBindException when the port is taken
     */
    public static HubEmulator start(EmulatorConfig config) throws IOException {
        return start(config, (directory, auth) -> {
            StorageService storage = StorageService.open(
                    directory, auth, StorageSettings.defaults().withWindows(config.windows()));
            return new StorageHalf(storage, storage, storage);
        });
    }

    /** As {@link #start(EmulatorConfig)} with a storage service of the caller's choice. */
    static HubEmulator start(EmulatorConfig config, StorageHalf.Opener opener) throws IOException {
        Users users = new Users(config.users());
        Path data = Files.createDirectories(config.dataDirectory());
        StorageAuth storageAuth = new StorageAuth(
                SigningSecret.loadOrCreate(data.resolve("secret")), config.tokenLife(), InstantSource.system());
        BucketStore store = BucketStore.open(data.resolve("buckets"), InstantSource.system());
        try {
            RepoStore repos = RepoStore.open(data.resolve("repos"), InstantSource.system());
            try {
                StorageHalf storage = opener.open(data.resolve("storage"), storageAuth);
                try {
                    return new HubEmulator(config, users, storageAuth, store, repos, storage);
                } catch (RuntimeException e) {
                    storage.resources().close();
                    throw e;
                }
            } catch (IOException | RuntimeException e) {
                repos.close();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            store.close();
            throw e;
        }
    }

    private HubEmulator(
            EmulatorConfig config,
            Users users,
            StorageAuth storageAuth,
            BucketStore store,
            RepoStore repos,
            StorageHalf storage) {
        this.store = store;
        this.repos = repos;
        this.storage = storage.resources();
        this.requests = new RequestLog(config.requestLogCapacity());
        Router router = new Router();
        router.get(FaultScript.ADMIN_PATH + "health", request -> offLoop.call(this::health));
        new FaultRoutes(faults).register(router);
        new RecordingRoutes(requests).register(router);
        storage.routes().register(router.below(STORAGE_PATH));
        HubRoutes.register(router, users, store, repos, storageAuth, storage.files(), STORAGE_PATH, offLoop);
        try {
            this.frontend = new HttpFrontend(
                    new InetSocketAddress(config.bindAddress(), config.port()), router, faults, request -> {
                        if (!request.path().startsWith(FaultScript.ADMIN_PATH)) {
                            requests.accept(request);
                        }
                    });
        } catch (RuntimeException e) {
            offLoop.close();
            throw e;
        }
        this.url = "http://" + host(config.bindAddress()) + ":" + frontend.port();
    }

    /** The Hub's base address, without a slash at the end: {@code http://127.0.0.1:PORT}. */
    public String url() {
        return url;
    }

    /** The faults in force, on every route. */
    public FaultScript faults() {
        return faults;
    }

    /** The requests that were served, but for those to {@code /_admin/}. */
    public RequestLog requests() {
        return requests;
    }

    /** Stops listening, breaks connections, ends running work and gives the directory back. */
    @Override
    public void close() throws IOException {
        frontend.close();
        offLoop.close();
        try (storage;
                repos) {
            store.close();
        }
    }

    private Answer health() {
        return Answer.json(200, Map.of("status", "UP", "buckets", store.all().size(), "repos", repos.size()));
    }

    private static String host(InetAddress address) {
        return address instanceof Inet6Address ? "[" + address.getHostAddress() + "]" : address.getHostAddress();
    }
}
