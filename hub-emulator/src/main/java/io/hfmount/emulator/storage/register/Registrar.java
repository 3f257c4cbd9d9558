package io.hfmount.emulator.storage.register;

import io.hfmount.emulator.storage.disk.DedupIndex;
import io.hfmount.emulator.storage.disk.FileStore;
import io.hfmount.emulator.storage.disk.XorbStore;
import io.hfmount.emulator.storage.plan.XorbLayouts;
import io.hfmount.model.ContentHash;
import io.hfmount.xet.shard.DedupEligibility;
import io.hfmount.xet.shard.FileEntry;
import io.hfmount.xet.shard.Shard;
import io.hfmount.xet.shard.XorbEntry;
import java.io.IOException;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Registers shards: verifies all of one, then stores its files durably, then indexes its eligible chunks. Files appear
 * one by one, but only after the whole shard was found right, so each is readable whatever happens next.
 *
 * <p>Thread-safe; works on the calling thread and touches the disk.
 */
public final class Registrar {
    private final XorbStore xorbs;
    private final FileStore files;
    private final DedupIndex dedup;

    /** Registers into {@code files} and {@code dedup} what {@code xorbs} bears out. */
    public Registrar(XorbStore xorbs, FileStore files, DedupIndex dedup) {
        this.xorbs = xorbs;
        this.files = files;
        this.dedup = dedup;
    }

    /**
     * Registers a shard. When this returns, every file of it survives a crash.
     *
     * @param progress is kept up to date
     * @return whether the shard brought a file that was not registered before
     * @throws ShardRefusedException if any claim of it is wrong; nothing was stored then
     * @throws IOException if the disk failed; some of its files may be registered, and repeating is safe
     */
    public boolean register(Shard shard, RegistrationProgress progress) throws ShardRefusedException, IOException {
        XorbLayouts layouts = xorbs.remembering();
        new ShardVerifier(layouts).verify(shard, progress);
        progress.committing();
        Map<ContentHash, FileEntry> last =
                LinkedHashMap.newLinkedHashMap(shard.files().size());
        boolean isNew = false;
        for (FileEntry file : shard.files()) {
            last.put(file.hash(), file);
            isNew |= !files.contains(file.hash());
        }
        files.putAll(last.values());
        index(shard, layouts);
        return isNew;
    }

    private void index(Shard shard, XorbLayouts layouts) throws IOException {
        for (XorbEntry xorb : DedupEligibility.markFileStarts(shard.files(), shard.xorbs())) {
            BitSet marks = new BitSet(xorb.chunks().size());
            for (int i = 0; i < xorb.chunks().size(); i++) {
                marks.set(i, xorb.chunks().get(i).dedupEligible());
            }
            dedup.add(layouts.require(xorb.hash()), marks);
        }
    }
}
