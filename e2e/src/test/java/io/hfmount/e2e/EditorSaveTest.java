package io.hfmount.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.e2e.live.ControlApi;
import io.hfmount.e2e.live.HubProcess;
import io.hfmount.e2e.live.LiveProcesses;
import io.hfmount.e2e.live.SidecarProcess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** Saves of a large file as editors make them: the whole text to another file, which then takes the name. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EditorSaveTest {
    private static final int SIZE = 64 << 20;
    private static final int MIB = 1 << 20;
    private static final Pattern REUSED =
            Pattern.compile("(?m)^hf_mount_cas_index_bytes_reused_total\\{[^}]*} (\\S+)$");
    private static final Pattern REUSED_IN_ALL =
            Pattern.compile("(?m)^hf_mount_cas_bytes_reused_total\\{[^}]*} (\\S+)$");

    @RegisterExtension
    final LiveProcesses processes = LiveProcesses.ofTest();

    private HubProcess hub;
    private SidecarProcess sidecar;
    private String bucket;
    private Path file;
    private byte[] text;

    @BeforeEach
    void publishALargeFile() throws IOException {
        hub = processes.hub();
        bucket = hub.createBucket("texts");
        file = processes.newDirectory("mount").resolve("text");
        mount();
        text = new byte[SIZE];
        new Random(7).nextBytes(text);
        save();
    }

    private String mount() throws IOException {
        sidecar = processes.sidecar(hub);
        return sidecar.api()
                .mounted(ControlApi.mountRequest(
                        "hf://buckets/" + bucket, file.getParent(), Map.of("flushDebounce", "PT10M")));
    }

    /** Ends the process, which publishes and unmounts, and starts another one. */
    private void restart() throws IOException {
        sidecar.jvm().signal("TERM");
        assertThat(sidecar.jvm().awaitExit(java.time.Duration.ofSeconds(60))).isZero();
        mount();
    }

    private void insert(int at) {
        byte[] edited = Arrays.copyOf(text, text.length + 100);
        System.arraycopy(text, at, edited, at + 100, text.length - at);
        Arrays.fill(edited, at, at + 100, (byte) 'x');
        text = edited;
    }

    /** Saves the text; tells how many bytes went to storage until it was on the Hub. */
    private long save() throws IOException {
        hub.forgetRequests();
        Path draft = file.resolveSibling("text~");
        try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer all = ByteBuffer.wrap(text);
            while (all.hasRemaining()) {
                channel.write(all);
            }
            channel.force(true);
        }
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        for (JsonNode mount : sidecar.api().get("/v1/mounts").expect(200).json()) {
            sidecar.api().flush(mount.path("id").asString());
        }
        assertThat(hub.files(bucket)).containsOnly(Map.entry("text", (long) text.length));
        long sent = 0;
        for (JsonNode request : hub.requests()) {
            if (request.path("path").asString().startsWith("/_storage/")) {
                sent += request.path("bytesIn").longValue();
            }
        }
        return sent;
    }

    private void assertPublished() {
        assertThat(Arrays.equals(hub.content(bucket, "text"), text))
                .as("content on the Hub")
                .isTrue();
    }

    private double counter(Pattern meter) {
        Matcher found = meter.matcher(
                sidecar.api().get("/actuator/prometheus").expect(200).body());
        assertThat(found.find()).as("%s in the scrape", meter).isTrue();
        return Double.parseDouble(found.group(1));
    }

    @Test
    void saveOfAPublishedFile_sendsTheTouchedChunks_inThisProcessAndInTheNext() throws Exception {
        insert(SIZE / 2);
        assertThat(save()).isLessThan(MIB);
        assertPublished();

        restart();
        insert(SIZE / 4);
        assertThat(save()).isLessThan(MIB);
        assertPublished();
        assertThat(counter(REUSED)).isGreaterThan(SIZE - 4.0 * MIB);
        assertThat(counter(REUSED_IN_ALL)).isGreaterThanOrEqualTo(counter(REUSED));
    }

    @Test
    void saveAfterStorageLostContent_isPublishedWithAllBytesSent() throws Exception {
        int port = Integer.parseInt(hub.url().substring(hub.url().lastIndexOf(':') + 1));
        sidecar.jvm().signal("TERM");
        assertThat(sidecar.jvm().awaitExit(java.time.Duration.ofSeconds(60))).isZero();
        hub.close();
        loseXorbs(1);
        hub = processes.hub(port);
        mount();

        insert(SIZE / 2);
        assertThat(save()).isGreaterThan(SIZE);
        assertPublished();
        assertThat(counter(REUSED)).isZero();

        restart();
        insert(SIZE / 4);
        assertThat(save()).isLessThan(MIB);
        assertPublished();
    }

    private void loseXorbs(int count) throws IOException {
        List<Path> xorbs;
        try (Stream<Path> all = Files.walk(processes.directory().resolve("hub"))) {
            xorbs = all.filter(Files::isRegularFile)
                    .filter(path -> path.getParent().getParent().endsWith("xorbs"))
                    .sorted()
                    .toList();
        }
        assertThat(xorbs).hasSizeGreaterThanOrEqualTo(count);
        for (Path xorb : xorbs.subList(0, count)) {
            Files.delete(xorb);
        }
    }
}
