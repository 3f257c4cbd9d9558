package io.hfmount.api.request;

import io.hfmount.agent.MountException;
import io.hfmount.agent.MountMode;
import io.hfmount.agent.MountOptionNames;
import io.hfmount.agent.MountOptions;
import io.hfmount.agent.MountSpec;
import io.hfmount.model.RepoSource;
import io.hfmount.model.Source;
import io.hfmount.model.api.MountRequest;
import io.hfmount.model.api.ProblemCode;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a {@link MountRequest}. Looks at nothing outside it: whether the mount point exists is asked later. */
public final class MountRequests {
    private static final int LONGEST_SOURCE = 4096;
    private static final int LONGEST_MOUNT_POINT = 4096;

    private MountRequests() {}

    /**
     * The spec that {@code request} asks for, its mount point normalised as text.
     *
     * @throws MountException with the code of the first member that cannot be used
     */
    public static MountSpec parse(MountRequest request) {
        Source source = source(request.source());
        Path mountPoint = mountPoint(request.mountPoint());
        MountMode mode = mode(request.mode(), source);
        String transport = request.transport() == null ? MountSpec.DEFAULT_TRANSPORT : request.transport();
        Map<String, @Nullable Object> options = request.options();
        MountOptions parsed =
                options == null ? MountOptions.DEFAULTS : MountOptionNames.apply(MountOptions.DEFAULTS, options);
        return new MountSpec(source, mountPoint, mode, transport, parsed);
    }

    private static Source source(@Nullable String text) {
        if (text == null) {
            throw new MountException(ProblemCode.BAD_SOURCE, "source is missing; it looks like " + Source.FORMS);
        }
        if (text.length() > LONGEST_SOURCE) {
            throw new MountException(ProblemCode.BAD_SOURCE, "source is longer than " + LONGEST_SOURCE + " characters");
        }
        try {
            return Source.parse(text);
        } catch (IllegalArgumentException e) {
            throw new MountException(ProblemCode.BAD_SOURCE, "source: " + e.getMessage());
        }
    }

    private static Path mountPoint(@Nullable String text) {
        if (text == null) {
            throw new MountException(ProblemCode.BAD_MOUNT_POINT, "mountPoint is missing; it is an absolute path");
        }
        if (text.length() > LONGEST_MOUNT_POINT) {
            throw new MountException(
                    ProblemCode.BAD_MOUNT_POINT, "mountPoint is longer than " + LONGEST_MOUNT_POINT + " characters");
        }
        try {
            Path path = Path.of(text);
            if (path.isAbsolute() && path.normalize().getNameCount() > 0) {
                return path.normalize();
            }
        } catch (InvalidPathException e) {
            // answered below
        }
        throw new MountException(
                ProblemCode.BAD_MOUNT_POINT, "mountPoint must be an absolute path of a directory other than /");
    }

    private static MountMode mode(@Nullable String text, Source source) {
        if (text == null) {
            return source instanceof RepoSource ? MountMode.READ_ONLY : MountMode.SPARSE;
        }
        return MountMode.parse(text)
                .orElseThrow(
                        () -> new MountException(ProblemCode.UNKNOWN_MODE, "mode is one of sparse, staged, read-only"));
    }
}
