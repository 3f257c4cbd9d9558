package io.hfmount.emulator.bucket;

import java.util.List;

/** A change of the store as the log records it. Applying it again gives the same state. */
sealed interface Mutation {
    /** The moment it gave to the store's clock, milliseconds since 1970. */
    long at();

    /** A new, empty bucket. */
    record Create(String id, boolean isPrivate, String region, long at) implements Mutation {}

    /** A bucket and its files are gone. */
    record Delete(String id, long at) implements Mutation {}

    /** A bucket has another id. */
    record Move(String from, String to, long at) implements Mutation {}

    /** A bucket is shown or hidden. */
    record SetPrivate(String id, boolean isPrivate, long at) implements Mutation {}

    /** Files were added and removed, in order; all of it or, after a crash, none. */
    record Apply(String id, List<FileChange> changes, long at) implements Mutation {
        public Apply {
            changes = List.copyOf(changes);
        }
    }

    /** The end of a snapshot: the store's clock. */
    record Clock(long at) implements Mutation {}
}
