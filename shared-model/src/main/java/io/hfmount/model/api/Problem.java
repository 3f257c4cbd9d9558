package io.hfmount.model.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Body of every refusal (RFC 9457, {@code application/problem+json}). Members that do not apply are left out.
 *
 * @param type the code as a URN
 * @param title a sentence, the same for every occurrence
 * @param status HTTP status
 * @param detail what is wrong this time and what to do
 * @param code the stable code
 * @param option name of the option that cannot be used
 * @param clean with FLUSH_TIMEOUT: as in {@link FlushReport}
 * @param files with FLUSH_TIMEOUT: as in {@link FlushReport}
 * @param published with UNPUBLISHED_DATA: as in {@link UnmountReport}
 * @param unpublished with UNPUBLISHED_DATA: as in {@link UnmountReport}
 * @param deletesQueued with UNPUBLISHED_DATA: as in {@link UnmountReport}
 */
public record Problem(
        String type,
        String title,
        int status,
        String detail,
        ProblemCode code,
        @Nullable String option,
        @Nullable Boolean clean,
        @Nullable List<FlushedFile> files,
        @Nullable Integer published,
        @Nullable List<String> unpublished,
        @Nullable Integer deletesQueued) {
    /** A problem without further members. */
    public static Problem of(ProblemCode code, String detail) {
        return new Problem(code.type(), code.title(), code.status(), detail, code, null, null, null, null, null, null);
    }

    /** A problem with one option. */
    public static Problem ofOption(ProblemCode code, String detail, String option) {
        return new Problem(
                code.type(), code.title(), code.status(), detail, code, option, null, null, null, null, null);
    }

    /** A flush that ran out of time. */
    public static Problem ofFlush(String detail, FlushReport report) {
        ProblemCode code = ProblemCode.FLUSH_TIMEOUT;
        return new Problem(
                code.type(),
                code.title(),
                code.status(),
                detail,
                code,
                null,
                report.clean(),
                report.files(),
                null,
                null,
                null);
    }

    /** An unmount that left data. */
    public static Problem ofUnmount(String detail, UnmountReport report) {
        ProblemCode code = ProblemCode.UNPUBLISHED_DATA;
        return new Problem(
                code.type(),
                code.title(),
                code.status(),
                detail,
                code,
                null,
                null,
                null,
                report.published(),
                report.unpublished(),
                report.deletesQueued());
    }
}
