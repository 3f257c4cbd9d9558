package io.hfmount.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.e2e.live.Command;
import io.hfmount.e2e.live.ControlApi;
import io.hfmount.e2e.live.HubProcess;
import io.hfmount.e2e.live.LiveProcesses;
import io.hfmount.e2e.live.PythonClient;
import io.hfmount.e2e.live.SidecarProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Ordinary programs in a mounted directory; what they leave arrives at the bucket byte for byte. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ProgramsTest {
    @RegisterExtension
    static final LiveProcesses PROCESSES = LiveProcesses.ofClass();

    private static HubProcess hub;
    private static SidecarProcess sidecar;
    private static int count;
    private String bucket;
    private Path mountPoint;
    private String id;

    @BeforeAll
    static void start() throws IOException {
        hub = PROCESSES.hub();
        sidecar = PROCESSES.sidecar(hub);
    }

    @BeforeEach
    void mount() throws IOException {
        bucket = hub.createBucket("programs-" + ++count);
        mountPoint = PROCESSES.newDirectory("mount-" + count);
        id = sidecar.api()
                .mounted(ControlApi.mountRequest(
                        "hf://buckets/" + bucket, mountPoint, Map.of("flushDebounce", "PT0.2S")));
    }

    @AfterEach
    void unmount() {
        sidecar.api().delete("/v1/mounts/" + id + "?drain=PT30S&force=true");
    }

    @Test
    void git_commitsAndClones() {
        shell("""
                git init -q -b main repo && cd repo
                git config user.email a@b.c && git config user.name A && git config gc.auto 0
                for i in $(seq 40); do echo "line $i" > "file $i.txt"; done
                git add . && git commit -qm one
                echo more >> "file 3.txt" && git mv "file 4.txt" moved.txt && git commit -qam two
                cd .. && git clone -q --no-hardlinks repo copy
                git -C copy fsck --strict && git -C repo status --porcelain
                diff -r --exclude=.git repo copy
                """);
        publishedEqualsMount();
    }

    @Test
    void tarAndCopies_keepContentAndTimes() throws IOException {
        Path source = PROCESSES.newDirectory("source-" + count);
        Files.createDirectories(source.resolve("a/b"));
        Files.write(source.resolve("a/b/noise.bin"), noise(300_000, 7));
        Files.writeString(source.resolve("a/old.txt"), "old");
        Command.of("touch", "-d", "2020-02-03T04:05:06Z", source + "/a/old.txt").runs();
        shell("tar -C " + source + " -cf - a | tar xf - && cp -r --preserve=timestamps " + source + "/a copied");
        shell("diff -r a copied && test \"$(stat -c %Y a/old.txt)\" = \"$(date -d 2020-02-03T04:05:06Z +%s)\"");
        shell("test \"$(stat -c %Y copied/old.txt)\" = \"$(stat -c %Y a/old.txt)\"");
        publishedEqualsMount();
    }

    @Test
    void dd_writesInPlaceAndSyncs() {
        shell("""
                dd if=/dev/urandom of=data bs=64k count=20 conv=fsync status=none
                cp data expected.tmp && mv expected.tmp expected
                printf EDIT | dd of=data bs=1 seek=700000 conv=notrunc,fsync status=none
                printf EDIT | dd of=expected bs=1 seek=700000 conv=notrunc status=none
                truncate -s 900000 data && truncate -s 900000 expected && truncate -s 1000000 data expected
                cmp data expected
                """);
        publishedEqualsMount();
    }

    @Test
    void python_editsInPlaceAndMaps() {
        Command.of(PythonClient.interpreter(), "-c", """
                import mmap, os
                with open('edit.bin', 'wb') as f: f.write(bytes(range(256)) * 1000)
                with open('edit.bin', 'r+b') as f:
                    f.seek(100_000); f.write(b'middle'); f.seek(0, 2); f.write(b'end')
                with open('edit.bin', 'rb') as f:
                    m = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)
                    assert m[100_000:100_006] == b'middle' and m[-3:] == b'end' and len(m) == 256_003
                    m.close()
                with open('edit.bin', 'r+b') as f:
                    m = mmap.mmap(f.fileno(), 0); m[5:10] = b'PAGED'; m.flush(); m.close(); os.fsync(f.fileno())
                assert open('edit.bin', 'rb').read(12)[5:10] == b'PAGED'
                """).in(mountPoint).runs();
        publishedEqualsMount();
        assertThat(hub.content(bucket, "edit.bin")).hasSize(256_003).containsSequence("PAGED".getBytes());
    }

    @Test
    void appendsOfTwoProcesses_loseNoLine() throws IOException {
        shell("""
                one() { for i in $(seq 300); do echo "$1 $i" >> log.txt; done; }
                one left & one right & wait
                """);
        assertThat(Files.readAllLines(mountPoint.resolve("log.txt")))
                .hasSize(600)
                .doesNotHaveDuplicates();
        publishedEqualsMount();
    }

    @Test
    void sqlite_createsAndChangesADatabase() {
        shell("""
                sqlite3 db.sqlite 'create table t(a integer primary key, b text);'
                for i in 1 2 3 4 5; do sqlite3 db.sqlite "insert into t(b) values (hex(randomblob(2000)));"; done
                sqlite3 db.sqlite 'update t set b = b || a; delete from t where a = 2; pragma integrity_check;' | grep -x ok
                test "$(sqlite3 db.sqlite 'select count(*) from t')" = 4
                """);
        publishedEqualsMount();
    }

    @Test
    void editorsSave_byTheirOwnWays() {
        shell("""
                printf 'one\\ntwo\\n' > edited.txt
                vim -es -u NONE -N -c 'set backup writebackup backupcopy=no' -c '%s/two/TWO/' -c wq edited.txt
                grep -x TWO edited.txt
                sed -i 's/one/ONE/' edited.txt && grep -x ONE edited.txt
                """);
        publishedEqualsMount();
    }

    @Test
    @Tag("slow")
    void directoryOfThreeThousandFiles_isListedAndRemoved() {
        shell("mkdir many && cd many && for i in $(seq 3000); do echo $i > f$i; done");
        shell("test $(ls many | wc -l) = 3000 && test $(ls -l many | wc -l) = 3001");
        sidecar.api().flush(id);
        assertThat(hub.files(bucket)).hasSize(3000);
        shell("rm -r many && test -z \"$(ls)\"");
        sidecar.api().flush(id);
        assertThat(hub.files(bucket)).isEmpty();
    }

    private void shell(String line) {
        Command.shell(line)
                .in(mountPoint)
                .with("HOME", PROCESSES.directory().toString())
                .runs();
    }

    private void publishedEqualsMount() {
        sidecar.api().flush(id);
        Map<String, Long> local = new TreeMap<>();
        try (var all = Files.walk(mountPoint)) {
            for (Path path : all.filter(Files::isRegularFile).toList()) {
                String name = mountPoint.relativize(path).toString();
                local.put(name, Files.size(path));
                assertThat(hub.content(bucket, name)).as(name).isEqualTo(Files.readAllBytes(path));
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        assertThat(hub.files(bucket)).isEqualTo(local);
    }

    private static byte[] noise(int size, int seed) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
