package io.hfmount.emulator.bucket;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of a listing.
 *
 * @param entries in key order
 * @param next where the next page starts, or null after the last
 */
public record TreePage(List<TreeEntry> entries, @Nullable TreePosition next) {
    public TreePage {
        entries = List.copyOf(entries);
    }
}
