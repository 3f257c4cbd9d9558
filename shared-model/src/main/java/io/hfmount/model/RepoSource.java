package io.hfmount.model;

import java.util.regex.Pattern;

/**
 * A repo at a revision, optionally restricted to a path: {@code hf://[datasets/|spaces/]OWNER/NAME[@revision][/path]}.
 *
 * <p>An id may be one segment, as in {@code hf://gpt2}; before a path it then needs a revision ({@code hf://gpt2@main/x}),
 * since {@code hf://gpt2/x} is the repo {@code x} of the owner {@code gpt2}. In the text a {@code /} of a revision is
 * written {@code %2F}, but for {@code refs/pr/N} and {@code refs/convert/X}, which may stay plain. Immutable.
 *
 * @param kind model, dataset or Space
 * @param id {@code OWNER/NAME} or {@code NAME}
 * @param revision branch, tag, commit id, {@code refs/pr/N} or {@code refs/convert/X}; {@code main} when none is named
 * @param prefix path all names are relative to, empty for the whole repo
 */
public record RepoSource(RepoKind kind, String id, String revision, String prefix) implements Source {
    private static final Pattern SEGMENT = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?");
    private static final Pattern RESERVED = Pattern.compile("(buckets|models|datasets|spaces|api)(/.*)?");

    public RepoSource {
        if (!isValidId(id)) {
            throw new IllegalArgumentException("the id of a repo is NAME or OWNER/NAME of letters, digits and -_. "
                    + "(at most 96 characters each, no - or . at an end, no -- or ..)");
        }
        if (!Revision.isValid(revision)) {
            throw new IllegalArgumentException(
                    "the revision of a source is a branch, a tag, a commit id, refs/pr/N or refs/convert/X");
        }
        SourceText.checkPrefix(prefix);
    }

    /** Whether {@code id} can be a repo's: one or two segments, the first no word that starts another address. */
    public static boolean isValidId(String id) {
        String[] segments = id.split("/", -1);
        if (segments.length > 2 || RESERVED.matcher(id).matches() || id.endsWith(".git")) {
            return false;
        }
        for (String segment : segments) {
            if (!SEGMENT.matcher(segment).matches() || segment.contains("--") || segment.contains("..")) {
                return false;
            }
        }
        return true;
    }

    /**
     * Parses the text form; trailing slashes are cut.
     *
     * @throws IllegalArgumentException with a sentence that says what is expected
     */
    public static RepoSource parse(String text) {
        String rest = SourceText.after(SCHEME, text);
        RepoKind kind = RepoKind.MODEL;
        for (RepoKind candidate : RepoKind.values()) {
            if (!candidate.urlPrefix().isEmpty() && rest.startsWith(candidate.urlPrefix())) {
                kind = candidate;
                rest = rest.substring(candidate.urlPrefix().length());
                break;
            }
        }
        int idEnd = idEnd(rest);
        String id = rest.substring(0, idEnd);
        String tail = rest.substring(idEnd);
        String revision = Revision.MAIN;
        if (tail.startsWith("@")) {
            int special = Revision.specialEnd(tail.substring(1));
            int slash = tail.indexOf('/');
            int end = special >= 0 ? special + 1 : slash < 0 ? tail.length() : slash;
            revision = Revision.decode(tail.substring(1, end));
            tail = tail.substring(end);
        }
        return new RepoSource(kind, id, revision, tail.isEmpty() ? "" : tail.substring(1));
    }

    /** The id ends at its first {@code @}, or at the second slash. */
    private static int idEnd(String rest) {
        int slash = rest.indexOf('/');
        int second = slash < 0 ? -1 : rest.indexOf('/', slash + 1);
        int end = second < 0 ? rest.length() : second;
        int at = rest.indexOf('@');
        return at >= 0 && at < end ? at : end;
    }

    @Override
    public String toString() {
        boolean named = !revision.equals(Revision.MAIN) || (id.indexOf('/') < 0 && !prefix.isEmpty());
        return SCHEME
                + kind.urlPrefix()
                + id
                + (named ? "@" + Revision.toSegment(revision) : "")
                + (prefix.isEmpty() ? "" : "/" + prefix);
    }
}
