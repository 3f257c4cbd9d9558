package io.hfmount.agent.transport;

import io.hfmount.agent.vfs.FileClient;
import io.hfmount.agent.vfs.PortClient;

/** The contract of edits on the file system itself, without a kernel. */
final class InProcessSparseTest extends SparseFileContract {
    @Override
    protected FileClient client() {
        return new PortClient(bucket.fileSystem());
    }
}
