package io.hfmount.emulator.repo;

import org.jspecify.annotations.Nullable;

/**
 * A commit. Immutable.
 *
 * @param id 40 hex digits
 * @param parent id of the commit before, null for the first
 * @param title first line of its message
 * @param at milliseconds since 1970
 * @param tree its files
 */
public record RepoCommit(String id, @Nullable String parent, String title, long at, RepoTree tree) {}
