package io.hfmount.emulator.storage.disk;

import io.hfmount.emulator.storage.plan.XorbLayout;
import io.hfmount.model.ContentHash;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Recently used xorb layouts, bounded by their number of chunks. Thread-safe; the map is guarded by this object. */
final class LayoutCache {
    private final int maxChunks;
    private final Map<ContentHash, XorbLayout> layouts = new LinkedHashMap<>(16, 0.75f, true);
    private int chunks;

    LayoutCache(int maxChunks) {
        this.maxChunks = maxChunks;
    }

    synchronized @Nullable XorbLayout get(ContentHash xorb) {
        return layouts.get(xorb);
    }

    synchronized void put(XorbLayout layout) {
        XorbLayout replaced = layouts.put(layout.xorb(), layout);
        chunks += layout.count() - (replaced == null ? 0 : replaced.count());
        Iterator<XorbLayout> oldest = layouts.values().iterator();
        while (chunks > maxChunks && oldest.hasNext()) {
            chunks -= oldest.next().count();
            oldest.remove();
        }
        assert checkInvariants();
    }

    private boolean checkInvariants() {
        int sum = layouts.values().stream().mapToInt(XorbLayout::count).sum();
        if (sum != chunks || chunks > maxChunks) {
            throw new IllegalStateException("the cache counts " + chunks + " chunks, holds " + sum);
        }
        return true;
    }
}
