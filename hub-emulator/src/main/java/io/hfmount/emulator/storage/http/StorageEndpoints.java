package io.hfmount.emulator.storage.http;

import io.hfmount.emulator.auth.StorageAuth;
import io.hfmount.emulator.http.Router;
import io.hfmount.emulator.storage.content.RecordStream;
import io.hfmount.emulator.storage.disk.DedupIndex;
import io.hfmount.emulator.storage.disk.FileStore;
import io.hfmount.emulator.storage.disk.StorageDirectory;
import io.hfmount.emulator.storage.disk.XorbStore;
import io.hfmount.emulator.storage.register.Registrar;
import io.hfmount.model.ContentHash;
import java.time.Duration;
import reactor.core.scheduler.Scheduler;

/**
 * Puts the storage routes together over their stores. Holds no state of its own.
 *
 * @param directory where uploads are received
 * @param xorbs stored xorbs
 * @param files registered files
 * @param dedup the global dedup index
 * @param auth checks tokens, signs data addresses, tells the time
 * @param disk where disk and CPU work runs; must not interrupt its tasks
 * @param options limits and behaviour
 */
public record StorageEndpoints(
        StorageDirectory directory,
        XorbStore xorbs,
        FileStore files,
        DedupIndex dedup,
        StorageAuth auth,
        Scheduler disk,
        Options options) {

    /**
     * What can be chosen.
     *
     * @param alignWindows whether edit windows end on segment boundaries
     * @param dedupKey hides chunk hashes in dedup answers; zero for none
     * @param dedupLife how long clients may use a dedup answer
     * @param dataUrlLife how long a data address works
     * @param maxXorbBytes most bytes of an uploaded xorb
     * @param maxShardBytes most bytes of an uploaded shard
     * @param shardGrace how long a version 2 registration may take before it is answered with progress
     * @param shardHeartbeat time between progress lines
     */
    public record Options(
            boolean alignWindows,
            ContentHash dedupKey,
            Duration dedupLife,
            Duration dataUrlLife,
            long maxXorbBytes,
            long maxShardBytes,
            Duration shardGrace,
            Duration shardHeartbeat) {}

    /** Registers every route. */
    public void register(Router router) {
        StorageRequests requests = new StorageRequests(auth, disk);
        UploadBody bodies = new UploadBody(directory, requests);
        DataUrls urls = new DataUrls(auth, router.basePath(), options.dataUrlLife());
        new ReconstructionRoutes(requests, files, xorbs, urls).register(router);
        new DataRoute(requests, xorbs, new RecordStream(xorbs, disk), urls).register(router);
        new XorbRoutes(requests, bodies, xorbs, options.maxXorbBytes()).register(router);
        new ShardRoutes(
                        requests,
                        bodies,
                        new Registrar(xorbs, files, dedup),
                        new ShardRoutes.Limits(options.maxShardBytes(), options.shardGrace(), options.shardHeartbeat()))
                .register(router);
        new WindowRoute(requests, files, xorbs, options.alignWindows()).register(router);
        new ChunkRoute(requests, dedup, new ChunkRoute.Keying(options.dedupKey(), options.dedupLife(), auth.clock()))
                .register(router);
        new SideRoutes(requests).register(router);
    }
}
