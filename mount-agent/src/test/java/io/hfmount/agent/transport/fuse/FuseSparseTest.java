package io.hfmount.agent.transport.fuse;

import io.hfmount.agent.transport.SparseMountContract;
import io.hfmount.agent.transport.Transport;

/** The contract of edits, held by the kernel protocol. */
final class FuseSparseTest extends SparseMountContract {
    @Override
    protected Transport transport() {
        return new FuseTransport();
    }
}
