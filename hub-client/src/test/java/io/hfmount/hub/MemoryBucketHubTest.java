package io.hfmount.hub;

import io.hfmount.model.ContentHash;

class MemoryBucketHubTest extends BucketHubContract {
    private final MemoryBucketHub hub = new MemoryBucketHub("ann/data");

    @Override
    protected BucketHub emptyBucket() {
        return hub;
    }

    @Override
    protected ContentHash registered(int seed, int size) {
        ContentHash hash = new ContentHash(seed, size, 1, 1);
        hub.register(hash, size);
        return hash;
    }
}
