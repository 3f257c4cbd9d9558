package io.hfmount.emulator.repo;

/**
 * Facts on a repo at one moment.
 *
 * @param id its name
 * @param isPrivate whether only its owner sees it
 * @param gating who gets at its content
 * @param createdAt milliseconds since 1970
 */
public record RepoFacts(RepoId id, boolean isPrivate, Gating gating, long createdAt) {}
