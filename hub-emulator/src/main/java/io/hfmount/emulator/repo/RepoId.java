package io.hfmount.emulator.repo;

import io.hfmount.model.RepoKind;
import io.hfmount.model.RepoSource;

/**
 * Names a repo. Models, datasets and Spaces of the same name are different repos. Immutable.
 *
 * @param kind model, dataset or Space
 * @param name {@code OWNER/NAME}
 */
public record RepoId(RepoKind kind, String name) implements Comparable<RepoId> {
    public RepoId {
        if (!RepoSource.isValidId(name) || name.indexOf('/') < 0) {
            throw new IllegalArgumentException("a repo is named OWNER/NAME: letters, digits and -_. , at most 96"
                    + " characters each, no - or . at an end, no -- or ..");
        }
    }

    /** The part of the name before the slash. */
    public String owner() {
        return name.substring(0, name.indexOf('/'));
    }

    @Override
    public int compareTo(RepoId other) {
        int c = kind.compareTo(other.kind);
        return c != 0 ? c : name.compareTo(other.name);
    }
}
