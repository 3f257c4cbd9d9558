package io.hfmount.emulator.storage.http;

import io.hfmount.emulator.auth.Scope;
import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.RefusedException;
import io.hfmount.emulator.http.Request;
import io.hfmount.emulator.http.Router;
import io.hfmount.emulator.storage.disk.XorbStore;
import io.hfmount.emulator.storage.plan.XorbLayout;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.xorb.XorbChunk;
import io.hfmount.xet.xorb.XorbFormatException;
import io.hfmount.xet.xorb.XorbIndex;
import io.hfmount.xet.xorb.XorbParser;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Upload and presence of xorbs (xet-protocol §6.4, §9). */
final class XorbRoutes {
    private final StorageRequests requests;
    private final UploadBody bodies;
    private final XorbStore xorbs;
    private final long maxBytes;

    /**
     * @param maxBytes most bytes of an uploaded xorb
     */
    XorbRoutes(StorageRequests requests, UploadBody bodies, XorbStore xorbs, long maxBytes) {
        this.requests = requests;
        this.bodies = bodies;
        this.xorbs = xorbs;
        this.maxBytes = maxBytes;
    }

    void register(Router router) {
        router.post("/v1/xorbs/{prefix}/{xorb}", requests.guarded(Scope.WRITE, this::upload));
        router.head("/v1/xorbs/{prefix}/{xorb}", requests.blocking(Scope.READ, this::presence));
    }

    private Mono<Answer> upload(Request request) {
        StorageRequests.checkPrefix(request);
        ContentHash xorb = StorageRequests.hash(request, "xorb");
        return bodies.receive(request, maxBytes, "xorb", body -> store(xorb, body))
                .map(inserted -> Answer.json(200, Map.of("was_inserted", inserted)));
    }

    private boolean store(ContentHash xorb, Path body) throws IOException {
        XorbIndex index;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(body))) {
            index = XorbParser.validate(xorb, in);
        } catch (XorbFormatException e) {
            throw RefusedException.badRequest("xorb " + xorb + " is refused: " + e.getMessage());
        }
        XorbLayout.Builder layout = XorbLayout.of(xorb, index.chunks().size());
        for (XorbChunk chunk : index.chunks()) {
            layout.add(chunk.hash(), chunk.storedEnd(), chunk.unpackedEnd());
        }
        return xorbs.put(body, layout.build());
    }

    private Answer presence(Request request) throws IOException {
        StorageRequests.checkPrefix(request);
        ContentHash xorb = StorageRequests.hash(request, "xorb");
        XorbLayout layout = xorbs.find(xorb);
        if (layout == null) {
            throw new RefusedException(404, null, "xorb " + xorb + " is not stored");
        }
        return Answer.stream(200, "application/octet-stream", layout.storedLength(), Flux.empty());
    }
}
