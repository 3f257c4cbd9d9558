package io.hfmount.model.api;

/**
 * The stable {@code code} of a problem body (RFC 9457). A code, once published, keeps its meaning and its HTTP status;
 * the sentence beside it may change.
 */
public enum ProblemCode {
    /** The body is not the JSON object that the route expects. */
    MALFORMED_REQUEST(400, "The request cannot be read"),
    /** {@code source} is no address that {@link io.hfmount.model.Source} reads. */
    BAD_SOURCE(400, "The source is not an address of a bucket or a repo"),
    /** A mode that writes was asked for a repo. */
    READ_ONLY_SOURCE(400, "A repo can only be mounted read-only"),
    /** {@code mode} is none of the modes. */
    UNKNOWN_MODE(400, "Unknown mode"),
    /** {@code transport} is none of the engines. */
    UNKNOWN_TRANSPORT(400, "Unknown transport"),
    /** {@code options} holds a name that is no option. */
    UNKNOWN_OPTION(400, "Unknown option"),
    /** An option's value has the wrong type or is out of bounds. */
    BAD_OPTION(400, "An option's value cannot be used"),
    /** A duration is not ISO-8601, or is negative. */
    BAD_DURATION(400, "Not a duration"),
    /** A path inside the mount is not legal. */
    BAD_PATH(400, "Not a path inside the mount"),
    /** {@code mountPoint} is missing in the request or not absolute. */
    BAD_MOUNT_POINT(400, "The mount point must be an absolute path"),
    /** The mount point does not exist. */
    MOUNT_POINT_MISSING(400, "The mount point does not exist"),
    /** The mount point is something else than a directory. */
    MOUNT_POINT_NOT_A_DIRECTORY(400, "The mount point is not a directory"),
    /** The mount point holds files that a mount would hide. */
    MOUNT_POINT_NOT_EMPTY(409, "The mount point is not empty"),
    /** Something is mounted there, or this service is about to. */
    ALREADY_MOUNTED(409, "Already mounted"),
    /** The mount point lies outside the directories the operator allows. */
    MOUNT_POINT_NOT_ALLOWED(403, "The mount point is outside the allowed directories"),
    /** The Hub refused the token, or it has no right to the bucket. */
    TOKEN_REFUSED(403, "The Hub refused the token"),
    /** The Hub has no such bucket, or hides it from this token. */
    UNKNOWN_BUCKET(404, "No such bucket"),
    /** The Hub has no such repo, or hides it from this token. */
    UNKNOWN_REPO(404, "No such repo"),
    /** The repo has no branch, tag, reference or commit of this name. */
    UNKNOWN_REVISION(404, "No such revision"),
    /** The repo is open to those alone whom its owner let in. */
    GATED_REPO(403, "Access to the repo has to be granted"),
    /** No mount has this id. */
    UNKNOWN_MOUNT(404, "No such mount"),
    /** The Host header names another machine. */
    HOST_REFUSED(403, "This host name is not served"),
    /** No such route. */
    NOT_FOUND(404, "No such resource"),
    /** The route exists, not for this method. */
    METHOD_NOT_ALLOWED(405, "Method not allowed"),
    /** The client accepts no JSON. */
    NOT_ACCEPTABLE(406, "Only JSON is offered"),
    /** The request body is too large. */
    PAYLOAD_TOO_LARGE(413, "The request is too large"),
    /** The body is not declared as JSON. */
    UNSUPPORTED_MEDIA_TYPE(415, "Only JSON is accepted"),
    /** Some data could not be published in time; the mount goes on serving. */
    UNPUBLISHED_DATA(409, "Data is not published yet"),
    /** Files are open below the mount point; it goes on serving. */
    MOUNT_BUSY(409, "The mount is in use"),
    /** The mount engine cannot work on this machine. */
    TRANSPORT_UNUSABLE(503, "The transport cannot be used here"),
    /** The Hub or its storage service cannot be reached. */
    HUB_UNAVAILABLE(503, "The Hub cannot be reached"),
    /** The service is ending and takes no new work. */
    SHUTTING_DOWN(503, "The service is shutting down"),
    /** Not everything was published within the asked time. */
    FLUSH_TIMEOUT(504, "Not everything was published in time"),
    /** A fault of this service; its log tells more. */
    INTERNAL(500, "Internal error");

    private final int status;
    private final String title;

    ProblemCode(int status, String title) {
        this.status = status;
        this.title = title;
    }

    /** The HTTP status that goes with it. */
    public int status() {
        return status;
    }

    /** A short sentence, the same for every occurrence. */
    public String title() {
        return title;
    }

    /** Its problem type: a URN that never changes. */
    public String type() {
        return "urn:hf-mount:problem:"
                + name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
}
