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
import io.hfmount.xet.xorb.XorbValidation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
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
        Arrival arrival = new Arrival(xorb);
        return bodies.receive(request, maxBytes, "xorb", arrival::take, body -> store(xorb, arrival.end(), body))
                .map(inserted -> Answer.json(200, Map.of("was_inserted", inserted)));
    }

    private boolean store(ContentHash xorb, XorbIndex index, Path body) throws IOException {
        XorbLayout.Builder layout = XorbLayout.of(xorb, index.chunks().size());
        for (XorbChunk chunk : index.chunks()) {
            layout.add(chunk.hash(), chunk.storedEnd(), chunk.unpackedEnd());
        }
        return xorbs.put(body, layout.build());
    }

    /**
     * The validation of a xorb while it arrives, so that nothing is read again. What is wrong is said when all has arrived,
     * for a client that is still sending may not hear it. Its calls exclude each other by its {@link UploadBody}.
     */
    private static final class Arrival {
        private final ContentHash xorb;
        private final XorbValidation validation;
        private @Nullable XorbFormatException wrong;

        Arrival(ContentHash xorb) {
            this.xorb = xorb;
            this.validation = new XorbValidation(xorb);
        }

        void take(byte[] piece) {
            if (wrong == null) {
                try {
                    validation.take(piece, 0, piece.length);
                } catch (XorbFormatException e) {
                    wrong = e;
                }
            }
        }

        XorbIndex end() {
            try {
                if (wrong != null) {
                    throw wrong;
                }
                return validation.finish();
            } catch (XorbFormatException e) {
                throw RefusedException.badRequest("xorb " + xorb + " is refused: " + e.getMessage());
            }
        }
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
