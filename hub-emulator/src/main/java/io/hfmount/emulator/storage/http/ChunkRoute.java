package io.hfmount.emulator.storage.http;

import io.hfmount.emulator.auth.Scope;
import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.RefusedException;
import io.hfmount.emulator.http.Request;
import io.hfmount.emulator.http.Router;
import io.hfmount.emulator.storage.disk.DedupIndex;
import io.hfmount.emulator.storage.plan.XorbLayout;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.shard.ShardWriter;
import io.hfmount.xet.shard.XorbEntry;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** Global deduplication: which xorb holds a chunk (xet-protocol §8.7). */
final class ChunkRoute {
    private final StorageRequests requests;
    private final DedupIndex dedup;
    private final Keying keying;

    /**
     * How answers are protected and how long they may be used.
     *
     * @param key hides the chunk hashes of an answer from who does not know them; zero for none
     * @param life how long clients may use an answer
     * @param clock tells now
     */
    record Keying(ContentHash key, Duration life, InstantSource clock) {}

    ChunkRoute(StorageRequests requests, DedupIndex dedup, Keying keying) {
        this.requests = requests;
        this.dedup = dedup;
        this.keying = keying;
    }

    void register(Router router) {
        router.get("/v1/chunks/{prefix}/{chunk}", requests.blocking(Scope.READ, this::query));
    }

    private Answer query(Request request) throws IOException {
        StorageRequests.checkPrefix(request);
        ContentHash chunk = StorageRequests.hash(request, "chunk");
        XorbLayout layout = dedup.find(chunk);
        if (layout == null) {
            throw new RefusedException(404, null, "no stored xorb is known to hold chunk " + chunk);
        }
        return Answer.bytes(200, "application/octet-stream", shard(layout, dedup.marked(layout)));
    }

    private byte[] shard(XorbLayout layout, BitSet marked) {
        List<XorbEntry.ChunkEntry> chunks = new ArrayList<>(layout.count());
        for (int i = 0; i < layout.count(); i++) {
            chunks.add(
                    new XorbEntry.ChunkEntry(layout.hash(i), layout.unpackedStart(i), layout.length(i), marked.get(i)));
        }
        long now = keying.clock().instant().getEpochSecond();
        long expiry = now + keying.life().toSeconds();
        List<XorbEntry> xorbs = List.of(new XorbEntry(layout.xorb(), chunks, layout.storedLength()));
        return keying.key().isZero()
                ? ShardWriter.dedupAnswer(xorbs, now, expiry)
                : ShardWriter.keyedDedupAnswer(xorbs, keying.key(), now, expiry);
    }
}
