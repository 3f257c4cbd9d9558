package io.hfmount.transport.jnr;

import io.hfmount.agent.transport.SparseMountContract;
import io.hfmount.agent.transport.Transport;

/** The contract of edits, held by libfuse 2, where it differs as docs/semantics.md says. */
final class JnrSparseTest extends SparseMountContract {
    @Override
    protected Transport transport() {
        return new JnrFuseTransport();
    }

    /** Difference: copy_file_range does not reach libfuse 2, so copies are right by their bytes. */
    @Override
    protected boolean copiesByHash() {
        return false;
    }
}
