package io.hfmount.emulator.storage.http;

import io.hfmount.emulator.auth.Scope;
import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.RangeHeader;
import io.hfmount.emulator.http.RefusedException;
import io.hfmount.emulator.http.Request;
import io.hfmount.emulator.http.Router;
import io.hfmount.emulator.storage.disk.FileStore;
import io.hfmount.emulator.storage.plan.ReconstructionPlan;
import io.hfmount.emulator.storage.plan.ReconstructionPlanner;
import io.hfmount.emulator.storage.plan.XorbLayouts;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.shard.FileEntry;
import io.hfmount.xet.shard.Segment;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** Where files are: reconstructions of both versions, the batch form, and file sizes (xet-protocol §9.1 to §9.6). */
final class ReconstructionRoutes {
    private static final int MAX_BATCH = 1_000;

    private final StorageRequests requests;
    private final FileStore files;
    private final ReconstructionPlanner planner;
    private final DataUrls urls;

    ReconstructionRoutes(StorageRequests requests, FileStore files, XorbLayouts layouts, DataUrls urls) {
        this.requests = requests;
        this.files = files;
        this.planner = new ReconstructionPlanner(layouts);
        this.urls = urls;
    }

    void register(Router router) {
        router.get("/v1/reconstructions", requests.blocking(Scope.READ, this::batch));
        router.get(
                "/v1/reconstructions/{file}",
                requests.blocking(Scope.READ, r -> Answer.json(200, ReconstructionJson.v1(plan(r), addresses(r)))));
        router.get(
                "/v2/reconstructions/{file}",
                requests.blocking(Scope.READ, r -> Answer.json(200, ReconstructionJson.v2(plan(r), addresses(r)))));
        router.head("/v1/files/{file}", requests.blocking(Scope.READ, this::size));
    }

    private ReconstructionPlan plan(Request request) throws IOException {
        FileEntry entry = entry(request);
        ByteRange range = range(request.header(HttpHeaderNames.RANGE), entry.size());
        return planner.plan(entry.segments(), range);
    }

    /** The range of a file of {@code size} bytes that a header means (xet-protocol §9.1). */
    private static ByteRange range(@Nullable String header, long size) {
        if (header == null) {
            return new ByteRange(0, size);
        }
        RangeHeader.Spec spec;
        try {
            spec = RangeHeader.parse(header, 1).specs().getFirst();
        } catch (IllegalArgumentException e) {
            throw new RefusedException(416, null, String.valueOf(e.getMessage()));
        }
        if (size == 0 && (spec.first() == 0 || spec.first() < 0)) {
            return new ByteRange(0, 0);
        }
        ByteRange range = spec.in(size);
        if (range == null) {
            throw new RefusedException(416, null, "the range starts after the end of the file, at " + size);
        }
        return range;
    }

    private Answer batch(Request request) throws IOException {
        List<String> ids = request.queryAll("file_id");
        if (ids.isEmpty() || ids.size() > MAX_BATCH) {
            throw RefusedException.badRequest("give 1 to " + MAX_BATCH + " file_id parameters");
        }
        Map<ContentHash, List<Segment>> known = new LinkedHashMap<>();
        for (String id : ids) {
            FileEntry entry = files.find(StorageRequests.parse(id));
            if (entry != null) {
                known.put(entry.hash(), entry.segments());
            }
        }
        return Answer.json(200, ReconstructionJson.batch(planner.planAll(known), addresses(request)));
    }

    private Answer size(Request request) throws IOException {
        return Answer.stream(200, "application/octet-stream", entry(request).size(), Flux.empty());
    }

    private FileEntry entry(Request request) throws IOException {
        ContentHash file = StorageRequests.hash(request, "file");
        FileEntry entry = files.find(file);
        if (entry == null) {
            throw new RefusedException(404, null, "file " + file + " is not registered");
        }
        return entry;
    }

    private ReconstructionJson.Addresses addresses(Request request) {
        String origin = request.origin();
        return (xorb, ranges) -> urls.sign(origin, xorb, ranges);
    }
}
