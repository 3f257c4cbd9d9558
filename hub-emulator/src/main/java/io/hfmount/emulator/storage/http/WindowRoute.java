package io.hfmount.emulator.storage.http;

import io.hfmount.emulator.auth.Scope;
import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.RefusedException;
import io.hfmount.emulator.http.Request;
import io.hfmount.emulator.http.Router;
import io.hfmount.emulator.storage.disk.FileStore;
import io.hfmount.emulator.storage.plan.WindowPlan;
import io.hfmount.emulator.storage.plan.WindowPlanner;
import io.hfmount.emulator.storage.plan.XorbLayouts;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.shard.FileEntry;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What must be re-chunked to edit a file: {@code GET /v2/file-chunk-hashes} (xet-protocol §13.3). */
final class WindowRoute {
    private final StorageRequests requests;
    private final FileStore files;
    private final WindowPlanner planner;
    private final boolean align;

    /**
     * @param align whether windows end on segment boundaries
     */
    WindowRoute(StorageRequests requests, FileStore files, XorbLayouts layouts, boolean align) {
        this.requests = requests;
        this.files = files;
        this.planner = new WindowPlanner(layouts);
        this.align = align;
    }

    void register(Router router) {
        router.get("/v2/file-chunk-hashes/{file}", requests.blocking(Scope.READ, this::windows));
    }

    private Answer windows(Request request) throws IOException {
        ContentHash file = StorageRequests.hash(request, "file");
        List<ByteRange> dirty = dirty(request.header("X-Range-Dirty"));
        FileEntry entry = files.find(file);
        if (entry == null) {
            throw new RefusedException(404, null, "file " + file + " is not registered");
        }
        WindowPlan plan = planner.plan(entry, dirty, align);
        if (plan == null) {
            throw new RefusedException(416, null, "every dirty range starts after the end of the file");
        }
        return Answer.json(200, WindowJson.of(plan));
    }

    private static List<ByteRange> dirty(@Nullable String header) {
        if (header == null) {
            throw RefusedException.badRequest("the header X-Range-Dirty is required");
        }
        try {
            return DirtyRangesHeader.parse(header);
        } catch (IllegalArgumentException e) {
            throw RefusedException.badRequest("X-Range-Dirty: " + e.getMessage());
        }
    }
}
