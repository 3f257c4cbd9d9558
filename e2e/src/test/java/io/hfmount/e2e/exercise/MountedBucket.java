package io.hfmount.e2e.exercise;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.e2e.live.ControlApi;
import io.hfmount.e2e.live.HubProcess;
import io.hfmount.e2e.live.SidecarProcess;
import java.nio.file.Path;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** A bucket with its mount, which may be mounted anew. For one thread. */
final class MountedBucket implements AutoCloseable {
    private final HubProcess hub;
    private final SidecarProcess sidecar;
    private final String bucket;
    private final Path directory;
    private final Map<String, ?> options;
    private String id;

    MountedBucket(HubProcess hub, SidecarProcess sidecar, String bucket, Path directory, Map<String, ?> options) {
        this.hub = hub;
        this.sidecar = sidecar;
        this.bucket = bucket;
        this.directory = directory;
        this.options = options;
        this.id = mount();
    }

    private String mount() {
        return sidecar.api().mounted(ControlApi.mountRequest("hf://buckets/" + bucket, directory, options));
    }

    Path file(String name) {
        return directory.resolve(name);
    }

    /** Publishes everything. */
    JsonNode flush() {
        return sidecar.api().flush(id);
    }

    /** Publishes what is dirty now, while others go on writing, and may leave files dirty. */
    void flushAmidWrites() {
        sidecar.api().post("/v1/mounts/" + id + "/flush", null).expect(200);
    }

    /** Unmounts, which publishes everything, and mounts again: all local state of open files is gone. */
    void remount() {
        close();
        id = mount();
    }

    /** What the Hub has of a file; it must have it. */
    byte[] published(String name) {
        byte[] content = hub.content(bucket, name);
        assertThat(content).as("%s on the Hub", name).isNotNull();
        return content;
    }

    JsonNode view() {
        return sidecar.api().view(id);
    }

    @Override
    public void close() {
        JsonNode report = sidecar.api()
                .delete("/v1/mounts/" + id + "?drain=PT2M")
                .expect(200)
                .json();
        assertThat(report.path("unpublished")).as("unpublished in %s", report).isEmpty();
    }
}
